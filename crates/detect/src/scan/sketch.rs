//! About how many distinct things were seen, in 256 bytes (Flajolet et al., 2007, `HyperLogLog`).

/// With 256 registers the estimate is off by 6.5 % on average, which is enough for powers of ten.
const REGISTERS: usize = 256;

#[derive(Debug, Clone)]
pub(super) struct Sketch(Box<[u8; REGISTERS]>);

impl Default for Sketch {
    fn default() -> Self {
        Self(Box::new([0; REGISTERS]))
    }
}

impl Sketch {
    /// Adds something by its hash; tells whether that could have changed the estimate.
    pub(super) fn add(&mut self, hash: u64) -> bool {
        let rank = ((hash << 8) | 0x80).leading_zeros() as u8 + 1;
        let Some(register) = self.0.get_mut((hash >> 56) as usize) else {
            return false;
        };
        let is_new = rank > *register;
        *register = rank.max(*register);
        is_new
    }

    /// How many distinct things were added, about.
    #[allow(
        clippy::cast_sign_loss,
        reason = "the estimate is never negative and a cast saturates"
    )]
    pub(super) fn estimate(&self) -> u64 {
        const COUNT: f64 = 256.0;
        let (mut sum, mut empty) = (0.0, 0_u32);
        for rank in self.0.iter() {
            sum += 0.5_f64.powi(i32::from(*rank));
            empty += u32::from(*rank == 0);
        }
        let raw = 0.718_3 * COUNT * COUNT / sum;
        let estimate = if raw <= 2.5 * COUNT && empty > 0 {
            COUNT * (COUNT / f64::from(empty)).ln()
        } else {
            raw
        };
        estimate.round() as u64
    }
}
