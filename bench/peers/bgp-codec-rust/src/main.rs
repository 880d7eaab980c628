//! The peers of the bgp-codec benchmark: bgpkit-parser and routecore. Reads lines "NAME HEX HEX ..." on standard input and
//! prints JSON lines {"peer", "name", "decode", "read"?, "encode"?, "n"}, medians in nanoseconds per message.

use bgpkit_parser::models::AsnLength;
use bgpkit_parser::parser::bgp::messages::parse_bgp_message;
use bytes::Bytes;
use routecore::bgp::message::update::{SessionConfig, UpdateMessage};
use std::hint::black_box;
use std::io::BufRead;
use std::time::Instant;

// Rounds of well under a millisecond: few of them are interrupted, and the median does not see those.
const ROUNDS: usize = 201;

fn median(calls: usize, mut run: impl FnMut()) -> f64 {
    let mut values = Vec::new();
    for round in 0..ROUNDS + 60 {
        let start = Instant::now();
        for _ in 0..calls {
            run();
        }
        if round >= 60 {
            values.push(start.elapsed().as_nanos() as f64 / calls as f64);
        }
    }
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn bgpkit(name: &str, messages: &[Bytes], calls: usize) -> String {
    let size = AsnLength::Bits32;
    let count = messages.len() as f64;
    let parsed: Vec<_> = messages.iter().filter_map(|one| parse_bgp_message(&mut one.clone(), false, &size).ok()).collect();
    if parsed.len() < messages.len() {
        return format!("{{\"peer\":\"bgpkit-parser\",\"name\":\"{name}\",\"error\":\"does not decode\"}}");
    }
    let decode = median(calls, || {
        for one in messages {
            let _ = black_box(parse_bgp_message(&mut one.clone(), false, &size));
        }
    }) / count;
    let encode = median(calls, || {
        for one in &parsed {
            let _ = black_box(one.encode(size));
        }
    }) / count;
    let n = calls * ROUNDS;
    format!("{{\"peer\":\"bgpkit-parser\",\"name\":\"{name}\",\"decode\":{decode},\"read\":{decode},\"encode\":{encode},\"n\":{n}}}")
}

/// Every attribute to its value, every prefix.
fn read_all(message: &Bytes, config: &SessionConfig) -> usize {
    let mut sum = 0;
    let Ok(update) = UpdateMessage::from_octets(message.as_ref(), config) else { return 0 };
    if let Ok(attributes) = update.path_attributes() {
        for attribute in attributes.flatten() {
            if let Ok(owned) = attribute.to_owned() {
                sum += usize::from(black_box(&owned).type_code());
            }
        }
    }
    if let Ok(announced) = update.announcements() {
        for one in announced {
            sum += usize::from(black_box(one).is_ok());
        }
    }
    if let Ok(withdrawn) = update.withdrawals() {
        for one in withdrawn {
            sum += usize::from(black_box(one).is_ok());
        }
    }
    sum
}

fn routecore(name: &str, messages: &[Bytes], calls: usize) -> String {
    let config = SessionConfig::modern();
    let count = messages.len() as f64;
    if messages.iter().any(|one| UpdateMessage::from_octets(one.as_ref(), &config).is_err()) {
        return format!("{{\"peer\":\"routecore\",\"name\":\"{name}\",\"error\":\"does not decode\"}}");
    }
    let decode = median(calls, || {
        for one in messages {
            let _ = black_box(UpdateMessage::from_octets(one.as_ref(), &config));
        }
    }) / count;
    let read = median(calls, || {
        for one in messages {
            black_box(read_all(one, &config));
        }
    }) / count;
    let n = calls * ROUNDS;
    format!("{{\"peer\":\"routecore\",\"name\":\"{name}\",\"decode\":{decode},\"read\":{read},\"n\":{n}}}")
}

fn from_hex(text: &str) -> Bytes {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal")).collect::<Vec<u8>>().into()
}

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        let messages: Vec<Bytes> = words.map(from_hex).collect();
        let octets: usize = messages.iter().map(Bytes::len).sum();
        let calls = (40_000 / octets.max(1)).max(1);
        println!("{}", bgpkit(name, &messages, calls));
        println!("{}", routecore(name, &messages, calls));
    }
}
