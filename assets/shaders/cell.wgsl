// One cell: a unit box, stretched to the cell's height and painted in the cell's own colour. The top shows the colour
// exactly as the palette gives it; the sides are darker, so that heights can be seen. A critical cell has a white
// frame round its top.

#import bevy_pbr::{
    forward_io::Vertex,
    mesh_functions::{get_tag, get_world_from_local, mesh_position_local_to_world},
    view_transformations::position_world_to_clip,
}

struct CellLook {
    colour: vec3<f32>,
    height: f32,
    framed: u32,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<storage, read> cells: array<CellLook>;

struct Corner {
    @builtin(position) clip_position: vec4<f32>,
    @location(0) local_position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) @interpolate(flat) cell: u32,
}

@vertex
fn vertex(vertex: Vertex) -> Corner {
    let cell = get_tag(vertex.instance_index);
    let stretched = vec4(vertex.position * vec3(1.0, cells[cell].height, 1.0), 1.0);
    let world = mesh_position_local_to_world(get_world_from_local(vertex.instance_index), stretched);
    var corner: Corner;
    corner.clip_position = position_world_to_clip(world.xyz);
    corner.local_position = vertex.position;
    corner.normal = vertex.normal;
    corner.cell = cell;
    return corner;
}

// Distance from the middle of a top at which its frame begins, in units.
const FRAME: f32 = 0.38;

@fragment
fn fragment(corner: Corner) -> @location(0) vec4<f32> {
    let look = cells[corner.cell];
    if corner.normal.y < 0.5 {
        return vec4(look.colour * (0.3 + 0.15 * abs(corner.normal.x)), 1.0);
    }
    let out = max(abs(corner.local_position.x), abs(corner.local_position.z));
    if look.framed != 0u && out > FRAME {
        return vec4(0.9, 0.9, 0.9, 1.0);
    }
    return vec4(look.colour, 1.0);
}
