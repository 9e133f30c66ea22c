//! SHA-256 (FIPS 180-4) of many messages side by side, one in each lane of the processor's vectors.
//!
//! A check is nearly all hashing. Sixteen messages at a time (AVX-512) are somewhat faster than one after the other with SHA
//! instructions, those are faster than eight at a time (AVX2), and eight several times as fast as one without them. Only checking
//! uses this; what is written is hashed by `sha2`.

use crate::hash::{Hash, Message};
use pulp::bytemuck::cast_slice_mut;
use pulp::{Arch, Simd, WithSimd};

/// Whether this is faster than one message after the other. Unoptimised it never is: every operation would be a call.
pub fn are_faster() -> bool {
    #[cfg(target_arch = "x86_64")]
    return !cfg!(debug_assertions)
        && (matches!(Arch::new(), Arch::V4(_))
            || !std::is_x86_feature_detected!("sha") && std::is_x86_feature_detected!("avx2"));
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// The hashes of the messages, in their order.
pub fn all(messages: &[Message<'_>]) -> Vec<Hash> {
    let mut hashes = vec![[0; 32]; messages.len()];
    Arch::new().dispatch(SideBySide { messages, hashes: &mut hashes });
    hashes
}

/// Lanes of the widest vector there is: 512 bits.
const LANES_MAX: usize = 16;

struct SideBySide<'a> {
    messages: &'a [Message<'a>],
    hashes: &'a mut [Hash],
}

impl WithSimd for SideBySide<'_> {
    type Output = ();

    /// Every lane has its own message; one that is done takes the next, so that all are busy until the messages run out.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { messages, hashes } = self;
        let lanes = S::U32_LANES.min(LANES_MAX);
        let mut waiting = 0..messages.len();
        let mut current = [None; LANES_MAX];
        let mut states = [simd.splat_u32s(0); 8];
        let mut blocks = [simd.splat_u32s(0); 16];
        loop {
            let words: &mut [u32] = cast_slice_mut(&mut blocks);
            let state: &mut [u32] = cast_slice_mut(&mut states);
            let mut busy = false;
            for (lane, place) in current[..lanes].iter_mut().enumerate() {
                if place.is_none() {
                    *place = waiting.next().map(|message| (message, 0));
                    for (row, word) in FIRST_STATE.iter().enumerate() {
                        state[row * S::U32_LANES + lane] = *word;
                    }
                }
                if let Some((message, block)) = *place {
                    busy = true;
                    for (row, word) in words_of(&messages[message], block).into_iter().enumerate() {
                        words[row * S::U32_LANES + lane] = word;
                    }
                }
            }
            if !busy {
                return;
            }
            compress(simd, &mut states, &mut blocks);
            let state: &[u32] = cast_slice_mut(&mut states);
            for (lane, place) in current[..lanes].iter_mut().enumerate() {
                let Some((message, block)) = *place else { continue };
                if block + 1 < block_count(&messages[message]) {
                    *place = Some((message, block + 1));
                    continue;
                }
                for (row, bytes) in hashes[message].chunks_exact_mut(4).enumerate() {
                    bytes.copy_from_slice(&state[row * S::U32_LANES + lane].to_be_bytes());
                }
                *place = None;
            }
        }
    }
}

/// The message with its domain's byte, the byte 0x80 and its length in eight bytes, in blocks of 64.
#[inline(always)]
fn block_count(message: &Message<'_>) -> usize {
    (1 + message.rest.len() + 9).div_ceil(64)
}

/// The words of a block of the padded message.
#[inline(always)]
fn words_of(message: &Message<'_>, block: usize) -> [u32; 16] {
    // The domain's byte moves everything by one.
    let whole = (64 * block).checked_sub(1).and_then(|start| message.rest.get(start..start + 64));
    let padded;
    let bytes = match whole {
        Some(bytes) => bytes,
        None => {
            padded = edge(message, block);
            &padded
        }
    };
    let mut words = [0; 16];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    words
}

/// A block with the domain's byte or padding in it.
fn edge(message: &Message<'_>, block: usize) -> [u8; 64] {
    let length = 1 + message.rest.len();
    let start = 64 * block;
    let mut bytes = [0; 64];
    let (own, from) = if block == 0 { (&mut bytes[1..], 0) } else { (&mut bytes[..], start - 1) };
    let rest = message.rest.get(from..).unwrap_or_default();
    let taken = rest.len().min(own.len());
    own[..taken].copy_from_slice(&rest[..taken]);
    if block == 0 {
        bytes[0] = message.domain;
    }
    if let Some(end) = length.checked_sub(start).and_then(|end| bytes.get_mut(end)) {
        *end = 0x80;
    }
    if block + 1 == block_count(message) {
        bytes[56..].copy_from_slice(&(8 * length as u64).to_be_bytes());
    }
    bytes
}

/// FIPS 180-4 section 6.2.2, in every lane.
#[inline(always)]
fn compress<S: Simd>(simd: S, state: &mut [S::u32s; 8], words: &mut [S::u32s; 16]) {
    let add = |a, b| simd.add_u32s(a, b);
    let xor3 = |a, b, c| simd.xor_u32s(simd.xor_u32s(a, b), c);
    let shr = |a, by| simd.wrapping_dyn_shr_u32s(a, simd.splat_u32s(by));
    let rotr = |a, by| simd.or_u32s(shr(a, by), simd.wrapping_dyn_shl_u32s(a, simd.splat_u32s(32 - by)));
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (sixteen, constants) in ROUNDS.as_chunks::<16>().0.iter().enumerate() {
        for (at, constant) in constants.iter().enumerate() {
            if sixteen > 0 {
                let (early, late) = (words[(at + 1) % 16], words[(at + 14) % 16]);
                let small_0 = xor3(rotr(early, 7), rotr(early, 18), shr(early, 3));
                let small_1 = xor3(rotr(late, 17), rotr(late, 19), shr(late, 10));
                words[at] = add(add(words[at], small_0), add(words[(at + 9) % 16], small_1));
            }
            let big_1 = xor3(rotr(e, 6), rotr(e, 11), rotr(e, 25));
            let choice = simd.xor_u32s(g, simd.and_u32s(e, simd.xor_u32s(f, g)));
            let first = add(add(add(h, big_1), add(choice, words[at])), simd.splat_u32s(*constant));
            let big_0 = xor3(rotr(a, 2), rotr(a, 13), rotr(a, 22));
            let majority = simd.or_u32s(simd.and_u32s(a, b), simd.and_u32s(c, simd.or_u32s(a, b)));
            (h, g, f, e, d, c, b, a) = (g, f, e, add(d, first), c, b, a, add(first, add(big_0, majority)));
        }
    }
    for (word, by) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = add(*word, by);
    }
}

/// The first 32 bits of the fractions of the square roots of the first eight primes.
const FIRST_STATE: [u32; 8] =
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/// The first 32 bits of the fractions of the cube roots of the first 64 primes.
#[rustfmt::skip]
const ROUNDS: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_and_every_mixture_of_lengths_hashes_as_sha2_does() {
        let bytes: Vec<u8> = (0..60_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let every: Vec<usize> = (0..400).collect();
        let mixed: Vec<usize> = (0..200).map(|at| (at * 7919) % 1500).chain([57_376, 0, 57_375]).collect();
        let few = [33, 5, 700].to_vec();
        for lengths in [every, mixed, few, vec![112; 128], vec![]] {
            let messages: Vec<Message<'_>> = lengths
                .iter()
                .enumerate()
                .map(|(at, length)| Message { domain: at as u8, rest: &bytes[at..at + length] })
                .collect();
            let expected: Vec<Hash> = messages.iter().map(Message::hash).collect();
            assert_eq!(all(&messages), expected);
        }
    }
}
