//! Chunked bodies, followed byte by byte (RFC 9112 section 7.1, read strictly).

use super::heads::{is_token, is_value};
use crate::gateway::refuse::Reason;

/// Bytes that chunk extensions of one body may use together.
const EXTENSION_BYTES_MAX: usize = 4096;
/// Bytes that the trailers of one body may use together.
const TRAILER_BYTES_MAX: usize = 8192;

/// Where a chunked body stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Size { digits: u32, size: u64 },
    Extension { size: u64 },
    SizeLf { size: u64 },
    Data { left: u64 },
    DataCr,
    DataLf,
    TrailerStart,
    Trailer { named: bool },
    TrailerLf,
    EndLf,
    End,
}

/// Follows a chunked body byte by byte, or piece by piece within its data.
#[derive(Clone, Copy, Debug)]
pub struct Chunks {
    at: At,
    extensions: usize,
    trailers: usize,
}

impl Chunks {
    /// At the beginning of a body.
    pub const fn new() -> Self {
        Self { at: At::Size { digits: 0, size: 0 }, extensions: 0, trailers: 0 }
    }

    /// Whether the body is over.
    pub fn is_over(&self) -> bool {
        self.at == At::End
    }

    /// Takes bytes of the body; says how many belong to it.
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, Reason> {
        let mut used = 0;
        while self.at != At::End {
            let Some(&byte) = bytes.get(used) else { break };
            if let At::Data { left } = self.at {
                let here = (bytes.len() - used) as u64;
                let step = left.min(here);
                used += usize::try_from(step).unwrap_or(usize::MAX);
                self.at = match left - step {
                    0 => At::DataCr,
                    left => At::Data { left },
                };
                continue;
            }
            self.at = self.step(byte)?;
            used += 1;
        }
        Ok(used)
    }

    fn step(&mut self, byte: u8) -> Result<At, Reason> {
        let refused = Err(Reason::Framing);
        let after_size = |size| match size {
            0 => At::TrailerStart,
            left => At::Data { left },
        };
        match (self.at, byte) {
            (At::Size { digits, size }, byte) if byte.is_ascii_hexdigit() && digits < 15 => {
                let digit = char::from(byte).to_digit(16).unwrap_or(0);
                Ok(At::Size { digits: digits + 1, size: size << 4 | u64::from(digit) })
            }
            (At::Size { digits: 1.., size }, b';') => Ok(At::Extension { size }),
            (At::Size { digits: 1.., size } | At::Extension { size }, b'\r') => {
                Ok(At::SizeLf { size })
            }
            (At::Extension { size }, byte) if is_value(&[byte]) => {
                self.extensions += 1;
                match self.extensions > EXTENSION_BYTES_MAX {
                    true => refused,
                    false => Ok(At::Extension { size }),
                }
            }
            (At::SizeLf { size }, b'\n') => Ok(after_size(size)),
            (At::DataCr, b'\r') => Ok(At::DataLf),
            (At::DataLf, b'\n') => Ok(At::Size { digits: 0, size: 0 }),
            (At::TrailerStart, b'\r') => Ok(At::EndLf),
            (At::TrailerStart, byte) if is_token(&[byte]) => self.trailer(false),
            (At::Trailer { named: false }, b':') => self.trailer(true),
            (At::Trailer { named: false }, byte) if is_token(&[byte]) => self.trailer(false),
            (At::Trailer { named: true }, b'\r') => Ok(At::TrailerLf),
            (At::Trailer { named: true }, byte) if is_value(&[byte]) => self.trailer(true),
            (At::TrailerLf, b'\n') => Ok(At::TrailerStart),
            (At::EndLf, b'\n') => Ok(At::End),
            _ => refused,
        }
    }

    fn trailer(&mut self, named: bool) -> Result<At, Reason> {
        self.trailers += 1;
        match self.trailers > TRAILER_BYTES_MAX {
            true => Err(Reason::HeadTooLarge),
            false => Ok(At::Trailer { named }),
        }
    }
}
