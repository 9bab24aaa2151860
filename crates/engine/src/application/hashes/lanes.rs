//! MD5's steps (RFC 1321, section 3.4) for sixteen files side by side, one in each lane of vectors.
//!
//! MD5 is one chain of steps that wait for each other: a processor that could do several at a time makes
//! 0.7 GB/s of one file, and ten times that of sixteen. There is no library for it that needs no `unsafe`
//! of ours; `pulp` only chooses the widest vectors that the processor has.

use pulp::Arch;

/// Files that are hashed side by side: two of AVX2's vectors, so that one is worked on while the other waits.
pub(super) const LANES: usize = 16;
/// Bytes that one turn takes.
pub(super) const BLOCK: usize = 64;

/// One word of each file.
type Words = [u32; LANES];

/// How far each step turns its sum, by round.
const TURNS: [[u32; 4]; 4] = [
    [7, 12, 17, 22],
    [5, 9, 14, 20],
    [4, 11, 16, 23],
    [6, 10, 15, 21],
];

/// The states of all lanes, word by word.
pub(super) type States = [Words; 4];

/// Takes the next blocks of all lanes, as many as the shortest has.
pub(super) fn compress(states: &mut States, lanes: &[&[u8]; LANES]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut rest = lanes.map(|lane| lane.as_chunks::<BLOCK>().0.iter());
            let blocks = rest.iter().map(|lane| lane.len()).min().unwrap_or(0);
            for _ in 0..blocks {
                let message = transposed(&mut rest);
                block(states, &message);
            }
        },
    );
}

/// The next block of every lane: its sixteen words, each of all lanes.
#[inline(always)]
fn transposed(rest: &mut [std::slice::Iter<'_, [u8; BLOCK]>; LANES]) -> [Words; 16] {
    let mut message = [[0; LANES]; 16];
    for (lane, rest) in rest.iter_mut().enumerate() {
        let Some(block) = rest.next() else { continue };
        let words = block.as_chunks::<4>().0;
        for (word, bytes) in message.iter_mut().zip(words) {
            if let Some(word) = word.get_mut(lane) {
                *word = u32::from_le_bytes(*bytes);
            }
        }
    }
    message
}

#[inline(always)]
fn block(states: &mut States, message: &[Words; 16]) {
    let [mut a, mut b, mut c, mut d] = *states;
    let mut step = 0_usize;
    for (round, turns) in TURNS.iter().enumerate() {
        for _ in 0..4 {
            for turn in turns {
                let (index, constant) = at(round, step);
                let word = message.get(index).copied().unwrap_or_default();
                let sum = match round {
                    0 => mixed(&b, &c, &d, |b, c, d| d ^ (b & (c ^ d))),
                    1 => mixed(&b, &c, &d, |b, c, d| c ^ (d & (b ^ c))),
                    2 => mixed(&b, &c, &d, |b, c, d| b ^ c ^ d),
                    _ => mixed(&b, &c, &d, |b, c, d| c ^ (b | !d)),
                };
                let ready = mixed(&a, &word, &word, |a, word, _| {
                    a.wrapping_add(word).wrapping_add(constant)
                });
                let next = mixed(&ready, &sum, &b, |ready, sum, b| {
                    ready.wrapping_add(sum).rotate_left(*turn).wrapping_add(b)
                });
                (a, d, c, b) = (d, c, b, next);
                step += 1;
            }
        }
    }
    for (state, word) in states.iter_mut().zip([a, b, c, d]) {
        *state = mixed(state, &word, &word, |state, word, _| {
            state.wrapping_add(word)
        });
    }
}
