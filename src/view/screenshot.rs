//! Pictures of the window: a PNG, and next to it a JSON file with the state that it shows and where every cell is in
//! the picture, so that a test can compare the two. What lies over the scene is told along with it.

use super::action_marks::TouchedCells;
use super::atmosphere::Atmosphere;
use super::camera::{CameraMode, CameraRig, MainCamera, SceneArea};
use super::colour_mode::{CellState, ColourMode};
use super::foreground::{Foreground, Widget};
use super::layout::cell_top;
use super::named_choice::NamedChoice;
use super::oom_estimates::OomEstimates;
use super::picking::Picked;
use super::shown::{Shown, ShownMoment, ViewSystems};
use super::wall::Wall;
use crate::simulation::{ActiveSettings, Cause, EventKind, EventLog, Pace, RunStats};
use crate::storage::{RecordError, write_file};
use bevy::app::{App, Last, Update};
use bevy::camera::{Camera, ClearColor};
use bevy::color::{ColorToPacked, Srgba};
use bevy::ecs::message::Message;
use bevy::ecs::prelude::{
    Commands, IntoScheduleConfigs, MessageReader, MessageWriter, On, Res, ResMut, Resource, Single, With,
};
use bevy::ecs::system::SystemParam;
use bevy::math::Vec3;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::transform::components::GlobalTransform;
use serde::{Deserialize, Serialize};
use std::io::Cursor;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Frames between the tick that is wanted and its picture: the renderer needs some to prepare what it draws first.
const SETTLING_FRAMES: u32 = 12;

/// A picture that somebody asked for.
#[derive(Message, Debug, Clone)]
pub struct ScreenshotRequest {
    /// The PNG file; the JSON file has the same name with another extension.
    pub path: PathBuf,
}

/// The picture that a whole run is about (`--screenshot FILE --at-tick N`).
#[derive(Resource, Debug)]
pub struct ScreenshotJob {
    /// The PNG file.
    pub path: PathBuf,
    /// The tick to show.
    pub at_tick: u64,
    /// Frames since that tick.
    settled: u32,
    /// What became of it, once it is known.
    pub outcome: Option<Result<PathBuf, String>>,
}

impl ScreenshotJob {
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
    /// Name of the colour mode.
    pub mode: String,
    /// Name of the camera.
    pub camera: String,
    /// Where the camera is, in units.
    pub stands: [f32; 3],
    /// The direction in which it looks.
    pub looks: [f32; 3],
    /// The part of the picture that the panels leave to the scene, in pixels: left, top, right, bottom.
    pub area: [u32; 4],
    /// Place of the cluster in focus among those of the run; the cells are its cells.
    pub cluster: usize,
    /// Clusters on the wall.
    pub clusters: usize,
    /// Row and column of the picked cell, if one is.
    pub focus: Option<[usize; 2]>,
    /// Risk that the Prophet told last.
    pub risk: f32,
    /// Whether the scene warns of a collapse.
    pub alarm: bool,
    /// Name of the action that led here; none at the start of an episode or after an intervention.
    pub action: Option<String>,
    /// Row and column of each cell that the action touched.
    pub touched: Vec<[usize; 2]>,
    /// Width and height of the picture, in pixels.
    pub size: [u32; 2],
    /// Row and column of the agent.
    pub agent: [usize; 2],
    /// Colour of the ground around the clusters, as #rrggbb.
    pub background: String,
    /// The cells of the cluster in focus, row by row.
    pub cells: Vec<CellPicture>,
    /// The other clusters on the wall.
    pub beside: Vec<ClusterPicture>,
    /// What the panels say.
    pub widgets: Vec<Widget>,
}

/// A cluster that stands beside the one in focus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterPicture {
    /// Its place among those of the run.
    pub cluster: usize,
    /// Its first cell and its last.
    pub corners: [CellPicture; 2],
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
    /// Steps until it is out of memory, if it goes on as it did; none where no end is in sight.
    pub left: Option<f32>,
    /// The middle of its top in the picture, in pixels from the left upper corner; none outside the picture.
    pub at: Option<[f32; 2]>,
    /// The colour that the mode gives it, as #rrggbb.
    pub colour: String,
}

pub(super) fn plugin(app: &mut App) {
    app.add_message::<ScreenshotRequest>().init_resource::<Foreground>().init_resource::<PendingPictures>();
    app.add_systems(Update, (request_at_tick, capture_state).chain().after(ViewSystems));
    app.add_systems(Last, take_screenshots);
}

/// Asks for the picture of the run when its tick has come and the renderer has settled.
fn request_at_tick(
    screenshot_job: Option<ResMut<ScreenshotJob>>,
    stats: Res<RunStats>,
    pace: Res<Pace>,
    rig: Res<CameraRig>,
    mut requests: MessageWriter<ScreenshotRequest>,
) {
    let Some(mut screenshot_job) = screenshot_job else { return };
    if stats.ticks >= screenshot_job.at_tick && !pace.running && rig.is_at_rest() {
        screenshot_job.settled += 1;
        if screenshot_job.settled == SETTLING_FRAMES {
            requests.write(ScreenshotRequest { path: screenshot_job.path.clone() });
        }
    }
}

/// The pictures that are asked for in this frame, and what they show.
#[derive(Resource, Debug, Default)]
struct PendingPictures(Vec<(PathBuf, Picture)>);

/// What a picture is made of.
#[derive(SystemParam)]
struct SceneParams<'w, 's> {
    settings: Res<'w, ActiveSettings>,
    pace: Res<'w, Pace>,
    shown: Shown<'w, 's>,
    mode: Res<'w, ColourMode>,
    rig: Res<'w, CameraRig>,
    picked: Res<'w, Picked>,
    wall: Res<'w, Wall>,
    atmosphere: Res<'w, Atmosphere>,
    sky: Res<'w, ClearColor>,
    area: Res<'w, SceneArea>,
    camera: Single<'w, 's, (&'static Camera, &'static GlobalTransform), With<MainCamera>>,
}

impl SceneParams<'_, '_> {
    /// The cells of these numbers in the cluster that stands at `middle`.
    fn cells(&self, moment: ShownMoment, middle: Vec3, cells: Range<usize>) -> Option<Vec<CellPicture>> {
        let (camera, eye) = *self.camera;
        let scale = camera.target_scaling_factor().unwrap_or(1.0);
        let (rows, columns) = self.wall.size;
        let (frame, mut oom_estimates) = (self.shown.frame_of(moment)?, OomEstimates::default());
        let left = oom_estimates.update(self.shown.frame_history_of(moment.cluster)?, moment.frame);
        let picture = |index: usize| {
            let (row, column, left) = (index / columns, index % columns, left[index]);
            let (cpu, memory, priority) = (frame.cpu[index], frame.mem[index], frame.priority[index]);
            let on_screen = camera.world_to_viewport(eye, middle + cell_top(row, column, rows, columns, memory));
            let at = on_screen.ok().map(|at| [at.x * scale, at.y * scale]);
            let colour = hex(self.mode.colour(&CellState { cpu, memory, priority, steps_left: left }));
            let left = left.is_finite().then_some(left);
            CellPicture { row, column, cpu, memory, priority, left, at, colour }
        };
        Some(cells.map(picture).collect())
    }

    /// What the picture shows.
    fn picture(&self) -> Option<Picture> {
        let Self { shown, wall, .. } = self;
        let (moment, frame) = (shown.moment()?, shown.frame()?);
        let (rows, columns) = wall.size;
        let row_column = |cell: usize| [cell / columns, cell % columns];
        let others = wall.in_use().filter(|(slot, _)| !wall.is_focus(*slot));
        let others = others.filter_map(|(slot, cluster)| {
            let corner =
                |cell: usize| self.cells(shown.moment_of(cluster)?, wall.position(slot), cell..cell + 1)?.pop();
            Some(ClusterPicture { cluster, corners: [corner(0)?, corner(rows * columns - 1)?] })
        });
        let risk = shown.risk_of(moment);
        let SceneArea { corner, size } = *self.area;
        let mut touched_cells = TouchedCells::default();
        let touched = touched_cells.cells(shown.previous_frame(), frame, columns);
        Some(Picture {
            scenario: self.settings.0.cluster.name.clone(),
            seed: self.settings.0.run.seed,
            tick: frame.tick,
            running: self.pace.running,
            mode: self.mode.name().to_owned(),
            camera: CameraMode::name(self.rig.mode()).to_owned(),
            stands: self.camera.1.translation().to_array(),
            looks: self.camera.1.forward().to_array(),
            area: [corner.x, corner.y, corner.x + size.x, corner.y + size.y],
            cluster: shown.focus_index(),
            clusters: wall.clusters(),
            focus: self.picked.pinned.map(row_column),
            risk,
            alarm: self.atmosphere.is_alarming(risk),
            action: (frame.cause == Cause::Tick).then(|| frame.decision.choice.action.name().to_owned()),
            touched: touched.iter().map(|cell| row_column(*cell)).collect(),
            size: [0, 0],
            agent: [frame.agent.0, frame.agent.1],
            background: hex(self.sky.0.into()),
            cells: self.cells(moment, Vec3::ZERO, 0..rows * columns)?,
            beside: others.collect(),
            widgets: Vec::new(),
        })
    }
}

/// Notes what the scene shows in this very frame, where a picture of it is asked for.
fn capture_state(
    mut requests: MessageReader<ScreenshotRequest>,
    scene: SceneParams,
    mut pending_pictures: ResMut<PendingPictures>,
    mut foreground: ResMut<Foreground>,
) {
    for request in requests.read() {
        let Some(picture) = scene.picture() else { return };
        pending_pictures.0.push((request.path.clone(), picture));
        foreground.wanted = true;
    }
}

/// Takes the pictures, once the panels of this frame have told what they show.
fn take_screenshots(
    mut pending_pictures: ResMut<PendingPictures>,
    mut foreground: ResMut<Foreground>,
    mut commands: Commands,
) {
    if pending_pictures.0.is_empty() {
        return;
    }
    foreground.wanted = false;
    let widgets = std::mem::take(&mut foreground.widgets);
    for (path, mut picture) in pending_pictures.0.drain(..) {
        picture.widgets.clone_from(&widgets);
        let save_picture = move |captured: On<ScreenshotCaptured>,
                                 stats: Res<RunStats>,
                                 mut log: ResMut<EventLog>,
                                 mut screenshot_job: Option<ResMut<ScreenshotJob>>| {
            let saved =
                save(&captured, picture.clone(), &path).map(|()| path.clone()).map_err(|error| error.to_string());
            match &saved {
                Ok(path) => log.add(stats.ticks, EventKind::Note, format!("picture saved to {}", path.display())),
                Err(problem) => log.add(stats.ticks, EventKind::Trouble, problem.clone()),
            }
            if let Some(screenshot_job) = screenshot_job.as_mut().filter(|screenshot_job| screenshot_job.path == path) {
                screenshot_job.outcome = Some(saved);
            }
        };
        commands.spawn(Screenshot::primary_window()).observe(save_picture);
    }
}

fn save(captured: &ScreenshotCaptured, mut picture: Picture, path: &Path) -> Result<(), RecordError> {
    let failed = |problem: String| RecordError::io("write", path)(std::io::Error::other(problem));
    let image = captured.image.clone().try_into_dynamic().map_err(|error| failed(error.to_string()))?.to_rgb8();
    picture.size = [image.width(), image.height()];
    let mut png = Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).map_err(|error| failed(error.to_string()))?;
    write_file(path, png.get_ref())?;
    let text = serde_json::to_vec_pretty(&picture).map_err(|error| failed(error.to_string()))?;
    write_file(&path.with_extension("json"), &text)
}

/// A colour as #rrggbb.
fn hex(colour: Srgba) -> String {
    let [red, green, blue, _] = colour.to_u8_array();
    format!("#{red:02x}{green:02x}{blue:02x}")
}
