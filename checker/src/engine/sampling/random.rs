//! SplitMix64: pseudo-random numbers that are the same on every machine. Its state is one counter, so each walk has a sequence of its own.

/// The increment of the counter: the golden ratio.
const STRIDE: u64 = 0x9E37_79B9_7F4A_7C15;

/// A sequence of pseudo-random numbers.
pub(crate) struct Random(u64);

fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

impl Random {
    /// The sequence number `number` of `seed`.
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        Self(mix(seed.wrapping_add(STRIDE)).wrapping_add(mix(number)))
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STRIDE);
        mix(self.0)
    }

    /// A number below `most`, uniform up to one part in 2^32; 0 if `most` is 0.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        ((u128::from(self.next()) * most as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that the published generator gives for this seed.
    #[test]
    fn the_sequence_is_the_known_one() {
        let mut random = Random(1_234_567);
        let numbers = [(); 3].map(|()| random.next());
        assert_eq!(numbers, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn every_choice_comes_about_equally_often() {
        let mut counts = [0u32; 7];
        for walk in 0..7_000 {
            counts[Random::new(42, walk).below(7)] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
