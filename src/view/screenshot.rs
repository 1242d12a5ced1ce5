//! Pictures of the window: a PNG, and next to it a JSON file with the state that it shows and where every cell is in
//! the picture, so that a test can compare the two.

use super::camera::MainCamera;
use super::layout::cell_top;
use super::palette::cell_colour;
use super::shown::Shown;
use crate::record::{RecordError, write_file};
use crate::tick::{ActiveSettings, EventKind, EventLog, Pace, Tally};
use bevy::app::{App, Update};
use bevy::camera::Camera;
use bevy::color::{ColorToPacked, Srgba};
use bevy::ecs::message::Message;
use bevy::ecs::prelude::{
    Commands, IntoScheduleConfigs, MessageReader, MessageWriter, On, Res, ResMut, Resource, Single, With,
};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::transform::components::GlobalTransform;
use serde::{Deserialize, Serialize};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// Frames between the tick that is wanted and its picture: the renderer needs some to prepare what it draws first.
const SETTLING_FRAMES: u32 = 12;

/// A picture that somebody asked for.
#[derive(Message, Debug, Clone)]
pub struct PictureRequest {
    /// The PNG file; the JSON file has the same name with another extension.
    pub path: PathBuf,
}

/// The picture that a whole run is about (`--screenshot FILE --at-tick N`).
#[derive(Resource, Debug)]
pub struct Picturing {
    /// The PNG file.
    pub path: PathBuf,
    /// The tick to show.
    pub at_tick: u64,
    /// Frames since that tick.
    settled: u32,
    /// What became of it, once it is known.
    pub outcome: Option<Result<PathBuf, String>>,
}

impl Picturing {
    /// A picture of the window after tick `at_tick`.
    pub fn new(path: PathBuf, at_tick: u64) -> Self {
        Self { path, at_tick, settled: 0, outcome: None }
    }
}

/// What a picture shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the run.
    pub seed: u64,
    /// Ticks done.
    pub tick: u64,
    /// Whether time was running.
    pub running: bool,
    /// Width and height of the picture, in pixels.
    pub size: [u32; 2],
    /// Row and column of the agent.
    pub agent: [usize; 2],
    /// The cells, row by row.
    pub cells: Vec<CellPicture>,
}

/// A cell in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellPicture {
    /// Row.
    pub row: usize,
    /// Column.
    pub column: usize,
    /// CPU, 0 to 1.
    pub cpu: f32,
    /// Memory drift, 0 to 1.
    pub memory: f32,
    /// Priority, 0 to 1.
    pub priority: f32,
    /// The middle of its top in the picture, in pixels from the left upper corner; none outside the picture.
    pub at: Option<[f32; 2]>,
    /// The colour that the palette gives it, as #rrggbb.
    pub colour: String,
}

pub(super) fn plugin(app: &mut App) {
    app.add_message::<PictureRequest>();
    app.add_systems(Update, (ask_at_tick, take).chain().after(super::ViewSystems));
}

/// Asks for the picture of the run when its tick has come and the renderer has settled.
fn ask_at_tick(
    picturing: Option<ResMut<Picturing>>,
    tally: Res<Tally>,
    pace: Res<Pace>,
    mut requests: MessageWriter<PictureRequest>,
) {
    let Some(mut picturing) = picturing else { return };
    if tally.ticks >= picturing.at_tick && !pace.running {
        picturing.settled += 1;
        if picturing.settled == SETTLING_FRAMES {
            requests.write(PictureRequest { path: picturing.path.clone() });
        }
    }
}

/// Takes the pictures that were asked for, with the state of this very frame.
fn take(
    mut requests: MessageReader<PictureRequest>,
    mut commands: Commands,
    settings: Res<ActiveSettings>,
    pace: Res<Pace>,
    shown: Shown,
    camera: Single<(&Camera, &GlobalTransform), With<MainCamera>>,
) {
    for request in requests.read() {
        let (Some(cluster), Some(frame)) = (shown.cluster(), shown.frame()) else { return };
        let (camera, eye) = *camera;
        let scale = camera.target_scaling_factor().unwrap_or(1.0);
        let (rows, columns) = (cluster.scenario().rows, cluster.scenario().columns);
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))).map(|(row, column)| {
            let index = cluster.index(row, column);
            let (cpu, memory, priority) = (frame.cpu[index], frame.mem[index], frame.priority[index]);
            let seen = camera.world_to_viewport(eye, cell_top(row, column, rows, columns, memory));
            let at = seen.ok().map(|at| [at.x * scale, at.y * scale]);
            let colour = hex(cell_colour(cpu, memory, priority));
            CellPicture { row, column, cpu, memory, priority, at, colour }
        });
        let (row, column) = frame.agent;
        let picture = Picture {
            scenario: settings.0.cluster.name.clone(),
            seed: settings.0.run.seed,
            tick: frame.tick,
            running: pace.running,
            size: [0, 0],
            agent: [row, column],
            cells: cells.collect(),
        };
        let path = request.path.clone();
        let save_picture = move |captured: On<ScreenshotCaptured>,
                                 tally: Res<Tally>,
                                 mut log: ResMut<EventLog>,
                                 mut picturing: Option<ResMut<Picturing>>| {
            let saved =
                save(&captured, picture.clone(), &path).map(|()| path.clone()).map_err(|error| error.to_string());
            match &saved {
                Ok(path) => log.add(tally.ticks, EventKind::Note, format!("picture saved to {}", path.display())),
                Err(problem) => log.add(tally.ticks, EventKind::Trouble, problem.clone()),
            }
            if let Some(picturing) = picturing.as_mut().filter(|picturing| picturing.path == path) {
                picturing.outcome = Some(saved);
            }
        };
        commands.spawn(Screenshot::primary_window()).observe(save_picture);
    }
}

fn save(captured: &ScreenshotCaptured, mut picture: Picture, path: &Path) -> Result<(), RecordError> {
    let unusable = |problem: String| RecordError::io("write", path)(std::io::Error::other(problem));
    let image = captured.image.clone().try_into_dynamic().map_err(|error| unusable(error.to_string()))?.to_rgb8();
    picture.size = [image.width(), image.height()];
    let mut png = Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).map_err(|error| unusable(error.to_string()))?;
    write_file(path, png.get_ref())?;
    let text = serde_json::to_vec_pretty(&picture).map_err(|error| unusable(error.to_string()))?;
    write_file(&path.with_extension("json"), &text)
}

/// A colour as #rrggbb.
fn hex(colour: Srgba) -> String {
    let [red, green, blue, _] = colour.to_u8_array();
    format!("#{red:02x}{green:02x}{blue:02x}")
}
