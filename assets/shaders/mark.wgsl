// Marks: flat signs over the cells, each a quad of one mesh, drawn by the distance to its line.

#import bevy_pbr::view_transformations::position_world_to_clip

struct Mark {
    // Middle, in the world.
    place: vec3<f32>,
    kind: u32,
    // Linear colour; alpha 0 draws nothing.
    colour: vec4<f32>,
    // Half width and half depth of the quad, in units.
    size: vec2<f32>,
    // Cosine and sine of its turn about the vertical.
    turn: vec2<f32>,
    // What its kind needs, in units.
    form: vec4<f32>,
}

const RING: u32 = 0u;
const FRAME: u32 = 1u;
const DIAMOND: u32 = 2u;
const CROSS: u32 = 3u;
const CHEVRON: u32 = 4u;
const SIDES: u32 = 5u;
const GLOW: u32 = 6u;

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<storage, read> marks: array<Mark>;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    @location(2) uv: vec2<f32>,
}

struct Corner {
    @builtin(position) clip_position: vec4<f32>,
    @location(0) place: vec2<f32>,
    @location(1) @interpolate(flat) mark: u32,
}

@vertex
fn vertex(vertex: Vertex) -> Corner {
    let index = u32(vertex.uv.x);
    let mark = marks[index];
    let place = vertex.position.xz * mark.size;
    let turned = vec2(place.x * mark.turn.x - place.y * mark.turn.y, place.x * mark.turn.y + place.y * mark.turn.x);
    var corner: Corner;
    corner.clip_position = position_world_to_clip(mark.place + vec3(turned.x, 0.0, turned.y));
    corner.place = place;
    corner.mark = index;
    return corner;
}

// 1 within `half_width` of the line, 0 beyond; `off` is the distance from it, `pixel` the size of a pixel.
fn line(off: f32, half_width: f32, pixel: f32) -> f32 {
    return 1.0 - smoothstep(half_width - pixel, half_width + pixel, abs(off));
}

@fragment
fn fragment(corner: Corner) -> @location(0) vec4<f32> {
    let mark = marks[corner.mark];
    let place = corner.place;
    let pixel = 0.5 * max(fwidth(place.x), fwidth(place.y));
    let off = abs(place);
    let form = mark.form;
    var cover = 0.0;
    switch mark.kind {
        case RING: {
            cover = line(length(place) - form.x, form.y, pixel);
        }
        case FRAME: {
            cover = line(max(off.x - form.x, off.y - form.y), form.z, pixel);
        }
        case DIAMOND: {
            cover = line((off.x + off.y - form.x) * 0.7071, form.y, pixel);
        }
        case CROSS: {
            let out = max(off.x, off.y);
            let along = step(form.z, out) * step(out, form.x);
            cover = line((off.x - off.y) * 0.7071, form.y, pixel) * along;
        }
        case CHEVRON: {
            cover = line((place.x + off.y - form.x) * 0.7071, form.y, pixel) * step(off.y, form.z);
        }
        case SIDES: {
            // Which sides: left 1, right 2, upper 4, lower 8.
            let sides = u32(form.x);
            let far = mark.size.x - form.y;
            let near = vec4(f32(sides & 1u), f32((sides >> 1u) & 1u), f32((sides >> 2u) & 1u), f32((sides >> 3u) & 1u));
            let lines = near * vec4(step(place.x, -far), step(far, place.x), step(place.y, -far), step(far, place.y));
            cover = max(max(lines.x, lines.y), max(lines.z, lines.w));
        }
        case GLOW: {
            // From the inner to the outer radius.
            let share = (length(place) - form.x) / (form.y - form.x);
            cover = select(0.0, (1.0 - share) * (1.0 - share), share > 0.0 && share < 1.0);
        }
        default: {}
    }
    return vec4(mark.colour.rgb, mark.colour.a * cover);
}
