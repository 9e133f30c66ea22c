//! Byte strings, text and lists that cannot be longer than their type says.
//!
//! Decoding refuses what is over the limit, so no code behind the codec has to check a length again.

use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// What did not fit: the limit and the length that was offered, in the unit of the type (bytes or items).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    /// The most that fits.
    pub limit: usize,
    /// What was offered.
    pub length: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} is over the limit of {}", self.length, self.limit)
    }
}

impl std::error::Error for TooLong {}

/// At most `MAX` bytes of anything.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Blob<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Blob<MAX> {
    /// Takes the bytes, or says by how much they are too long.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, TooLong> {
        let bytes = bytes.into();
        if bytes.len() > MAX {
            return Err(TooLong { limit: MAX, length: bytes.len() });
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, owned.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl<const MAX: usize> std::ops::Deref for Blob<MAX> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Blob<MAX> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} bytes", self.0.len())
    }
}

impl<const MAX: usize> Serialize for Blob<MAX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Blob<MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Bytes<const MAX: usize>;
        impl<'de, const MAX: usize> Visitor<'de> for Bytes<MAX> {
            type Value = Vec<u8>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "at most {MAX} bytes")
            }
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
                Ok(bytes)
            }
        }
        Blob::new(from.deserialize_byte_buf(Bytes::<MAX>)?).map_err(D::Error::custom)
    }
}

/// At most `MAX` bytes of UTF-8.
#[derive(Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Takes the text, or says by how much it is too long.
    pub fn new(text: impl Into<String>) -> Result<Self, TooLong> {
        let text = text.into();
        if text.len() > MAX {
            return Err(TooLong { limit: MAX, length: text.len() });
        }
        Ok(Self(text))
    }

    /// As much of the text as fits, cut at a character boundary and marked with `…` where something is missing.
    pub fn cut(text: &str) -> Self {
        if text.len() <= MAX {
            return Self(text.to_owned());
        }
        const MARK: &str = "…";
        let mut end = MAX.saturating_sub(MARK.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut kept = text[..end].to_owned();
        if kept.len() + MARK.len() <= MAX {
            kept.push_str(MARK);
        }
        Self(kept)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> std::ops::Deref for Text<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Text::new(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// At most `MAX` items.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> List<T, MAX> {
    /// Takes the items, or says by how many they are too many.
    pub fn new(items: Vec<T>) -> Result<Self, TooLong> {
        if items.len() > MAX {
            return Err(TooLong { limit: MAX, length: items.len() });
        }
        Ok(Self(items))
    }

    /// The first `MAX` items; whatever follows is dropped.
    pub fn first(mut items: Vec<T>) -> Self {
        items.truncate(MAX);
        Self(items)
    }

    /// The items, owned.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> std::ops::Deref for List<T, MAX> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Serialize, const MAX: usize> Serialize for List<T, MAX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(&self.0)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Items<T, const MAX: usize>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Items<T, MAX> {
            type Value = Vec<T>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "at most {MAX} items")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
                // The claimed length is the sender's word: reserve for what has arrived, never for what is announced.
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    if items.len() == MAX {
                        return Err(A::Error::custom(TooLong { limit: MAX, length: MAX + 1 }));
                    }
                    items.push(item);
                }
                Ok(items)
            }
        }
        Ok(List(from.deserialize_seq(Items::<T, MAX>(std::marker::PhantomData))?))
    }
}

#[cfg(feature = "arbitrary")]
mod arbitrary_impls {
    use super::{Blob, List, Text};
    use arbitrary::{Arbitrary, Result, Unstructured};

    impl<'a, const MAX: usize> Arbitrary<'a> for Blob<MAX> {
        fn arbitrary(from: &mut Unstructured<'a>) -> Result<Self> {
            let mut bytes = Vec::<u8>::arbitrary(from)?;
            bytes.truncate(MAX);
            Ok(Blob(bytes))
        }
    }

    impl<'a, const MAX: usize> Arbitrary<'a> for Text<MAX> {
        fn arbitrary(from: &mut Unstructured<'a>) -> Result<Self> {
            Ok(Text::cut(&String::arbitrary(from)?))
        }
    }

    impl<'a, T: Arbitrary<'a>, const MAX: usize> Arbitrary<'a> for List<T, MAX> {
        fn arbitrary(from: &mut Unstructured<'a>) -> Result<Self> {
            Ok(List::first(Vec::<T>::arbitrary(from)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_its_limit_is_refused_and_what_fits_is_kept() {
        assert_eq!(Blob::<3>::new(*b"abcd"), Err(TooLong { limit: 3, length: 4 }));
        assert_eq!(Blob::<4>::new(*b"abcd").map(Blob::into_vec), Ok(b"abcd".to_vec()));
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        let text = Text::<8>::cut("ääääää");
        assert!(text.len() <= 8 && text.ends_with('…'), "{text}");
        assert_eq!(Text::<3>::cut("abc").as_str(), "abc");
    }
}
