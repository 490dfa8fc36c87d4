//! The line or block by which a proxy says, before anything else, for whom it
//! opened a connection (PROXY protocol, versions 1 and 2).
//!
//! Strict: what is not exactly such a header ends the connection. Nothing after
//! the header is read here, so what follows is left to TLS or HTTP.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncRead, AsyncReadExt};

/// What a block of version 2 begins with.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// Longest line of version 1, its end included.
const LINE_BYTES_MAX: usize = 107;
/// Longest block of version 2: 16 bytes, and 520 of addresses and more.
const BLOCK_BYTES_MAX: usize = 536;
/// Of each header so many bytes are there: `PROXY UNKNOWN` and its line end.
const SHORTEST: usize = 15;
/// The fixed part of version 2.
const FIXED: usize = 16;

/// What is not such a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection does not begin with the PROXY protocol")]
pub struct NotProxied;

impl From<NotProxied> for io::Error {
    fn from(error: NotProxied) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// Reads the header. `None` where the proxy speaks for itself.
///
/// # Errors
///
/// [`NotProxied`], or where the socket ends.
pub async fn read(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<IpAddr>> {
    let mut header = vec![0; SHORTEST];
    socket.read_exact(&mut header).await?;
    if header.starts_with(SIGNATURE) {
        header.resize(FIXED, 0);
        let last = header.get_mut(SHORTEST..).ok_or(NotProxied)?;
        socket.read_exact(last).await?;
        let whole = FIXED + usize::from(length_of(&header)?);
        if whole > BLOCK_BYTES_MAX {
            return Err(NotProxied.into());
        }
        header.resize(whole, 0);
        socket.read_exact(header.get_mut(FIXED..).ok_or(NotProxied)?).await?;
        return Ok(block(&header)?);
    }
    // Before more is waited for: a client that speaks something else is told at once.
    if !header.starts_with(b"PROXY ") {
        return Err(NotProxied.into());
    }
    while header.last() != Some(&b'\n') {
        if header.len() == LINE_BYTES_MAX {
            return Err(NotProxied.into());
        }
        header.push(socket.read_u8().await?);
    }
    Ok(line(&header)?)
}

/// Reads a line of version 1, its end included.
///
/// # Errors
///
/// [`NotProxied`].
fn line(bytes: &[u8]) -> Result<Option<IpAddr>, NotProxied> {
    let text = std::str::from_utf8(bytes).map_err(|_| NotProxied)?;
    let text = text.strip_prefix("PROXY ").and_then(|rest| rest.strip_suffix("\r\n"));
    let mut words = text.ok_or(NotProxied)?.split(' ');
    let family = words.next();
    if family == Some("UNKNOWN") {
        // What follows must be ignored (section 2.1).
        return Ok(None);
    }
    let mut next = || words.next().ok_or(NotProxied);
    let (from, to, ports) = (next()?, next()?, [next()?, next()?]);
    if words.next().is_some() || !ports.into_iter().all(is_port) {
        return Err(NotProxied);
    }
    let v4 = |text: &str| text.parse::<Ipv4Addr>().map_err(|_| NotProxied);
    let v6 = |text: &str| text.parse::<Ipv6Addr>().map_err(|_| NotProxied);
    match family {
        Some("TCP4") => v4(to).and_then(|_| v4(from)).map(|from| Some(from.into())),
        Some("TCP6") => {
            v6(to).and_then(|_| v6(from)).map(|from| Some(IpAddr::from(from).to_canonical()))
        }
        _ => Err(NotProxied),
    }
}

fn is_port(text: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0')) && text.parse::<u16>().is_ok()
}

fn length_of(block: &[u8]) -> Result<u16, NotProxied> {
    match block.get(14..FIXED) {
        Some(&[high, low]) => Ok(u16::from_be_bytes([high, low])),
        _ => Err(NotProxied),
    }
}

/// Reads a whole block of version 2.
///
/// # Errors
///
/// [`NotProxied`].
fn block(bytes: &[u8]) -> Result<Option<IpAddr>, NotProxied> {
    let said = bytes.get(FIXED..).ok_or(NotProxied)?;
    if !bytes.starts_with(SIGNATURE) || said.len() != usize::from(length_of(bytes)?) {
        return Err(NotProxied);
    }
    let (command, family) = match bytes.get(12..14) {
        Some(&[command, family]) => (command, family),
        _ => return Err(NotProxied),
    };
    match command {
        // LOCAL: the proxy's own connection, such as a health check.
        0x20 => return Ok(None),
        0x21 => {}
        _ => return Err(NotProxied),
    }
    let octets = |addresses: usize| {
        // Two addresses and two ports; more may follow and is ignored.
        (said.len() >= 2 * addresses + 4).then(|| said.get(..addresses)).flatten().ok_or(NotProxied)
    };
    let from: IpAddr = match family {
        0x11 => <[u8; 4]>::try_from(octets(4)?).map_err(|_| NotProxied)?.into(),
        0x21 => <[u8; 16]>::try_from(octets(16)?).map_err(|_| NotProxied)?.into(),
        // UNSPEC, and a socket that is a file: no address.
        0x00 | 0x31 => return Ok(None),
        _ => return Err(NotProxied),
    };
    Ok(Some(from.to_canonical()))
}

#[cfg(test)]
mod tests;
