//! Files of the older Python program, of our own making: a zip archive of a pickle and storages.

/// A layer: network, key, inputs, outputs.
pub type Layer = (&'static str, &'static str, usize, usize);

/// The layers that it has.
pub const LAYERS: [Layer; 5] = [
    ("q_net", "0", 35, 64),
    ("q_net", "2", 64, 64),
    ("q_net", "4", 64, 8),
    ("prophet", "net.0", 5, 32),
    ("prophet", "net.2", 32, 1),
];

fn text(text: &str) -> Vec<u8> {
    [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

fn whole(number: usize) -> Vec<u8> {
    [b"J", &(number as i32).to_le_bytes()[..]].concat()
}

fn tuple(numbers: &[usize]) -> Vec<u8> {
    [b"(", &numbers.iter().flat_map(|number| whole(*number)).collect::<Vec<_>>()[..], b"t"].concat()
}

fn tensor(key: usize, shape: &[usize]) -> Vec<u8> {
    let strides = if let [_, inputs] = shape { vec![*inputs, 1] } else { vec![1] };
    [
        &b"ctorch._utils\n_rebuild_tensor_v2\n(("[..],
        &text("storage"),
        b"ctorch\nFloatStorage\n",
        &text(&key.to_string()),
        &text("cpu"),
        &whole(shape.iter().product()),
        b"tQ",
        &whole(0),
        &tuple(shape),
        &tuple(&strides),
        b"\x89ccollections\nOrderedDict\n)RtR",
    ]
    .concat()
}

/// The pickle of a checkpoint with these layers.
pub fn pickle(layers: &[Layer]) -> Vec<u8> {
    let mut code = b"\x80\x02}q\x00(".to_vec();
    for network in ["q_net", "prophet"] {
        code.extend([&text(network)[..], b"ccollections\nOrderedDict\n)R("].concat());
        for (at, (_, key, inputs, outputs)) in layers.iter().enumerate().filter(|(_, layer)| layer.0 == network) {
            code.extend([text(&format!("{key}.weight")), tensor(2 * at, &[*outputs, *inputs])].concat());
            code.extend([text(&format!("{key}.bias")), tensor(2 * at + 1, &[*outputs])].concat());
        }
        code.push(b'u');
    }
    let epsilon = 0.37_f64.to_be_bytes();
    code.extend([&text("epsilon")[..], b"G", &epsilon, &text("ep_count"), &whole(42)].concat());
    code.extend([&text("memory")[..], b"](NK\x01\x86K\x02eu."].concat());
    code
}

/// The storages that the tensors of these layers lie in: number `at` of storage `key` is `number(key, at)`.
pub fn storages(layers: &[Layer], number: impl Fn(usize, usize) -> f32) -> Vec<Vec<u8>> {
    let sizes = layers.iter().flat_map(|(_, _, inputs, outputs)| [inputs * outputs, *outputs]);
    sizes.enumerate().map(|(key, size)| (0..size).flat_map(|at| number(key, at).to_le_bytes()).collect()).collect()
}

/// The archive that holds a pickle and storages.
pub fn archive(pickle: &[u8], storages: &[Vec<u8>]) -> Vec<u8> {
    let (mut file, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    let names = std::iter::once("data.pkl".to_owned()).chain((0..storages.len()).map(|key| format!("data/{key}")));
    for (name, data) in names.zip(std::iter::once(pickle).chain(storages.iter().map(Vec::as_slice))) {
        let name = format!("old/{name}");
        let (place, size) = ((file.len() as u32).to_le_bytes(), (data.len() as u32).to_le_bytes());
        let checksum = crc32fast::hash(data).to_le_bytes();
        let common = [&[0; 8][..], &checksum, &size, &size, &[name.len() as u8, 0, 0, 0]].concat();
        file.extend([b"PK\x03\x04\x14\0", &common[..], name.as_bytes(), data].concat());
        directory.extend([b"PK\x01\x02\0\0\x14\0", &common[..], &[0; 10], &place, name.as_bytes()].concat());
        count += 1;
    }
    let (length, start) = ((directory.len() as u32).to_le_bytes(), (file.len() as u32).to_le_bytes());
    let count = count.to_le_bytes();
    [&file[..], &directory, b"PK\x05\x06\0\0\0\0", &count, &count, &length, &start, &[0; 2]].concat()
}
