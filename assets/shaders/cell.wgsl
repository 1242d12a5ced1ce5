// The cells of a cluster: unit boxes in one mesh, each stretched to its cell's height and painted in its cell's own colour.
// Looks change from one moment to the next, and a picture between two moments shows what lies between them. The top shows
// the colour exactly as the palette gives it; the sides are darker, so that heights can be seen, and redden with fear. A
// critical cell has a white frame round its top, a cell out of memory a bright cross on it; both leave its middle free.

#import bevy_pbr::{
    mesh_functions::{get_world_from_local, mesh_position_local_to_world},
    view_transformations::position_world_to_clip,
}

struct Scene {
    // How far the picture has come from the moment before to this one, 0 to 1.
    share: f32,
    // The beat of what is urgent, 0 to 1; 0 at rest.
    pulse: f32,
    // How afraid the Prophet is, 0 to 1.
    fear: f32,
    spare: f32,
}

// Words of a cell: red and green, blue and height, before and now; then the flags.
const WORDS: u32 = 5u;
const CRITICAL: u32 = 1u;
const DEAD: u32 = 2u;
const DEAD_BEFORE: u32 = 4u;

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<storage, read> looks: array<u32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var<storage, read> scene: Scene;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    // Place on the cell, from its middle.
    @location(2) uv: vec2<f32>,
    // Index of the cell; 0 for the top, 1 for the sides along rows, 2 for those along columns.
    @location(3) uv_b: vec2<f32>,
}

struct Corner {
    @builtin(position) clip_position: vec4<f32>,
    @location(0) place: vec2<f32>,
    // Square roots of the colour.
    @location(1) @interpolate(flat) root: vec3<f32>,
    @location(2) @interpolate(flat) face: u32,
    @location(3) @interpolate(flat) critical: u32,
    @location(4) @interpolate(flat) dead: f32,
}

@vertex
fn vertex(vertex: Vertex) -> Corner {
    let at = u32(vertex.uv_b.x) * WORDS;
    let before = vec4(unpack2x16unorm(looks[at]), unpack2x16unorm(looks[at + 1u]));
    let now = vec4(unpack2x16unorm(looks[at + 2u]), unpack2x16unorm(looks[at + 3u]));
    let flags = looks[at + 4u];
    let look = mix(before, now, scene.share);
    let stretched = vec4(vertex.position * vec3(1.0, look.w, 1.0), 1.0);
    let world = mesh_position_local_to_world(get_world_from_local(vertex.instance_index), stretched);
    var corner: Corner;
    corner.clip_position = position_world_to_clip(world.xyz);
    corner.place = vertex.uv;
    corner.root = look.xyz;
    corner.face = u32(vertex.uv_b.y);
    corner.critical = flags & CRITICAL;
    corner.dead = mix(f32((flags & DEAD_BEFORE) != 0u), f32((flags & DEAD) != 0u), scene.share);
    return corner;
}

// Distance from the middle of a top at which its frame begins, in units.
const FRAME: f32 = 0.38;
// The cross: half width of an arm, and where arms begin and end.
const ARM: f32 = 0.055;
const ARM_FROM: f32 = 0.1;
const ARM_TO: f32 = 0.34;
const AFRAID: vec3<f32> = vec3(0.5, 0.03, 0.01);
const BRIGHT: vec3<f32> = vec3(1.0, 0.93, 0.9);
const EMBER: vec3<f32> = vec3(0.55, 0.02, 0.01);

@fragment
fn fragment(corner: Corner) -> @location(0) vec4<f32> {
    let colour = corner.root * corner.root;
    if corner.face != 0u {
        let shaded = colour * select(0.3, 0.45, corner.face == 1u);
        return vec4(mix(shaded, AFRAID * 0.5, 0.55 * scene.fear), 1.0);
    }
    let place = abs(corner.place);
    let out = max(place.x, place.y);
    if corner.critical != 0u && out > FRAME {
        return vec4(0.9, 0.9, 0.9, 1.0);
    }
    if corner.dead > 0.0 {
        if abs(place.x - place.y) < ARM && out > ARM_FROM && out < ARM_TO {
            return vec4(mix(colour, BRIGHT, corner.dead), 1.0);
        }
        return vec4(mix(colour, EMBER, corner.dead * scene.pulse), 1.0);
    }
    return vec4(colour, 1.0);
}
