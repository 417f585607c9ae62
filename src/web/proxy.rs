//! Who is at the other end when a proxy stands between: only proxies that the operator named are believed.
//!
//! The address of a request is that of its connection. When that is a trusted proxy, it is the last address of
//! `X-Forwarded-For` or `Forwarded` (RFC 7239) that is not a trusted proxy itself: whatever stands before it was
//! written by somebody unknown. A proxy sets one of the two headers and may pass the other on as the client sent
//! it, so where both are there and do not agree, neither is believed.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, header},
    middleware::Next,
    response::Response,
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    address: IpAddr,
    bits: u8,
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no address and no prefix; write 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32");
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let most = width(address);
        let bits = bits.map_or(Ok(most), |bits| bits.trim().parse()).map_err(|_| wrong())?;
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl Prefix {
    /// Whether the address begins like this.
    #[must_use]
    pub fn covers(self, address: IpAddr) -> bool {
        let apart = match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            _ => return false,
        };
        apart >= u32::from(self.bits)
    }
}

const fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The proxies that are believed; none when none is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Arc<[Prefix]>);

impl Proxies {
    /// Those of these prefixes.
    ///
    /// # Errors
    /// With a sentence that names the one that is none.
    pub fn parse(prefixes: &[String]) -> Result<Self, String> {
        let prefixes = prefixes.iter().map(|prefix| prefix.trim()).filter(|prefix| !prefix.is_empty());
        Ok(Self(prefixes.map(str::parse).collect::<Result<_, _>>()?))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|prefix| prefix.covers(address))
    }

    /// The address a request comes from, by its connection and its headers.
    #[must_use]
    pub fn client(&self, connection: IpAddr, headers: &HeaderMap) -> IpAddr {
        let connection = connection.to_canonical();
        if !self.trusts(connection) {
            return connection;
        }
        let plain = self.last(&X_FORWARDED_FOR, headers, |hop| Some(hop.to_owned()));
        let standard = self.last(&header::FORWARDED, headers, forwarded);
        match (plain, standard) {
            (Some(one), Some(other)) if one != other => connection,
            (one, other) => one.or(other).unwrap_or(connection),
        }
    }

    /// The last hop of a header that is no trusted proxy; the nearest that can be read, when one behind it cannot.
    fn last(
        &self,
        header: &HeaderName,
        headers: &HeaderMap,
        read: impl Fn(&str) -> Option<String>,
    ) -> Option<IpAddr> {
        let values: Vec<&str> =
            headers.get_all(header).iter().map(|value| value.to_str().unwrap_or_default()).collect();
        let mut nearest = None;
        for hop in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            let Some(address) = read(hop.trim()).and_then(|hop| address(&hop)) else { break };
            nearest = Some(address);
            if !self.trusts(address) {
                break;
            }
        }
        nearest
    }
}

/// The `for` of one element of a `Forwarded` header.
fn forwarded(element: &str) -> Option<String> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    Some(node.trim().trim_matches('"').to_owned())
}

/// An address, with or without a port and brackets.
fn address(hop: &str) -> Option<IpAddr> {
    let plain = hop.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()));
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    plain.ok().or_else(bracketed).map(|address: IpAddr| address.to_canonical())
}

/// Puts the client's address in the place of the proxy's.
pub async fn look_behind(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(connection)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = proxies.client(connection.ip(), request.headers());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, connection.port())));
    }
    next.run(request).await
}
