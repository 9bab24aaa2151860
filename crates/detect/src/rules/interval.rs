//! Sets of numbers as sorted intervals: what addresses and ports are compiled to.

/// Intervals of one set after all lists and variables are put in. Feeds reach some thousands.
pub(crate) const MAX_INTERVALS: usize = 65_536;

/// A set of numbers: disjoint inclusive intervals in rising order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub(crate) struct IntervalSet<T> {
    intervals: Box<[(T, T)]>,
}

/// A number that intervals can be made of.
pub(crate) trait Number: Copy + Ord {
    const MINIMUM: Self;
    const MAXIMUM: Self;
    fn before(self) -> Option<Self>;
    fn after(self) -> Option<Self>;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Number for $number {
            const MINIMUM: Self = <$number>::MIN;
            const MAXIMUM: Self = <$number>::MAX;
            fn before(self) -> Option<Self> {
                self.checked_sub(1)
            }
            fn after(self) -> Option<Self> {
                self.checked_add(1)
            }
        }
    )*};
}
numbers!(u16, u128);

impl<T: Number> IntervalSet<T> {
    /// Every number.
    pub(crate) fn all() -> Self {
        Self::new(vec![(T::MINIMUM, T::MAXIMUM)])
    }

    /// Sorts and joins intervals.
    pub(crate) fn new(mut intervals: Vec<(T, T)>) -> Self {
        intervals.sort_unstable();
        let mut joined: Vec<(T, T)> = Vec::with_capacity(intervals.len());
        for (low, high) in intervals {
            match joined.last_mut() {
                Some(last) if last.1.after().is_none_or(|next| low <= next) => {
                    last.1 = last.1.max(high);
                }
                _ => joined.push((low, high)),
            }
        }
        Self {
            intervals: joined.into_boxed_slice(),
        }
    }

    /// The numbers that are not in the set.
    pub(crate) fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.intervals.len() + 1);
        let mut next = Some(T::MINIMUM);
        for &(low, high) in &self.intervals {
            if let (Some(start), Some(end)) = (next, low.before())
                && start <= end
            {
                gaps.push((start, end));
            }
            next = high.after();
        }
        gaps.extend(next.map(|start| (start, T::MAXIMUM)));
        Self::new(gaps)
    }

    /// The numbers that are in both sets.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let both = self.complement().or(&other.complement());
        both.complement()
    }

    /// The numbers that are in either set.
    pub(crate) fn or(&self, other: &Self) -> Self {
        let all = self.intervals.iter().chain(&other.intervals);
        Self::new(all.copied().collect())
    }

    pub(crate) fn contains(&self, number: T) -> bool {
        if let [(low, high)] = *self.intervals {
            return low <= number && number <= high;
        }
        let after = self.intervals.partition_point(|&(low, _)| low <= number);
        let candidate = after.checked_sub(1).and_then(|at| self.intervals.get(at));
        candidate.is_some_and(|&(_, high)| number <= high)
    }

    pub(crate) fn is_all(&self) -> bool {
        matches!(*self.intervals, [(low, high)] if low == T::MINIMUM && high == T::MAXIMUM)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    pub(crate) fn intervals(&self) -> &[(T, T)] {
        &self.intervals
    }
}
