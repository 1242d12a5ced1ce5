//! Safetensors files whose header lies.

use super::{Workplace, refused_as_checkpoint};
use std::fs;

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn headers_that_lie_are_refused() {
    let place = Workplace::new();
    let table = format!("{}/assets/models/qtable.rsnt", env!("CARGO_MANIFEST_DIR"));
    place.succeed(&format!("export {table} --out good.safetensors"));
    let good = fs::read(place.path("good.safetensors")).unwrap();
    let length = u64::from_le_bytes(*good.first_chunk().unwrap()) as usize;
    let (header, data) = (String::from_utf8(good[8..8 + length].to_vec()).unwrap(), good[8 + length..].to_vec());
    let changed = |from: &str, to: &str| {
        assert!(header.contains(from), "{from}: {header}");
        file(&header.replacen(from, to, 1), &data)
    };
    let many: String =
        (0..17_000).map(|at| format!("\"{at}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}},")).collect();
    let nested = format!("{{\"a\":{}", "[".repeat(1_000_000));
    let wide = format!("{{\"a\":{{\"dtype\":\"F32\",\"shape\":[{}0],\"data_offsets\":[0,0]}}}}", "0,".repeat(500_000));
    let huge = [
        "\"a\":{\"dtype\":\"U8\",\"shape\":[1152921504606846976],\"data_offsets\":[0,1152921504606846976]}",
        "\"b\":{\"dtype\":\"U8\",\"shape\":[1152921504606846976],\"data_offsets\":[1152921504606846976,2305843009213693952]}",
    ];
    for (name, bytes, part) in [
        ("cut", good[..good.len() - 1].to_vec(), "cut off or added to"),
        ("head", good[..300].to_vec(), "cut off within its header"),
        ("more", [&good[..], &[0]].concat(), "cut off or added to"),
        ("long", file(&format!("{{{}}}", " ".repeat(2 << 20)), &[]), "bytes, more than any model"),
        (
            "many",
            file(&format!("{{{many}\"z\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}}}"), &[]),
            "another program",
        ),
        ("nested", file(&nested, &[]), "header cannot be read"),
        ("wide", file(&wide, &[]), "another program"),
        ("huge", file(&format!("{{{},{}}}", huge[0], huge[1]), &[]), "cut off or added to"),
        ("dtype", changed("\"F32\"", "\"I32\""), "of the type I32"),
        ("unknown", changed("\"F32\"", "\"\\u001b[2JX\""), "header cannot be read"),
        ("shape", changed("[125,8]", "[8,125]"), "has the shape [8, 125], and [125, 8] is needed"),
        ("table", changed("qtable.values", "qtable.nothing"), "lacks the tensor qtable.values"),
        ("agent", changed("\"agent\":\"qtable\"", "\"agent\":\"dqn\""), "its agent is dqn"),
        ("steps", changed("\"steps\":\"", "\"steps\":\"9999999999"), "steps"),
        ("version", changed("\"format_version\":\"1\"", "\"format_version\":\"9\""), "format version 9"),
        ("settings", changed("agent: \\\"qtable\\\"", "agent: \\\"dqn\\\""), "its agent is qtable"),
        ("nan", [&good[..8 + length], &f32::NAN.to_le_bytes(), &data[4..]].concat(), "not a finite number"),
    ] {
        fs::write(place.path(name), bytes).unwrap();
        refused_as_checkpoint(&place, name, part);
    }
}
