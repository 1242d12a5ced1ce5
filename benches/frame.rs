//! Time per frame on the main thread: view, overlay and all of Bevy, without the rasteriser and without the tick itself.
//!
//! ```sh
//! cargo bench --bench frame
//! ```

use bevy::log::LogPlugin;
use bevy::prelude::default;
use bevy::render::RenderPlugin;
use bevy::render::settings::WgpuSettings;
use bevy::winit::WinitPlugin;
use bevy_app::App;
use resonetics::overlay;
use resonetics::settings::Settings;
use resonetics::simulation::{self, Pace, Simulation};
use resonetics::storage::RunFolder;
use resonetics::view::{self, ColourMode, NamedChoice};
use std::time::Instant;

/// Warm-up frames and measured frames.
const WARM_UP: usize = 60;
const FRAMES: usize = 400;

/// Rows (and columns), clusters, and the largest mean time per frame in milliseconds.
const CASES: [(usize, usize, Option<f64>); 6] =
    [(6, 1, None), (64, 1, Some(4.0)), (128, 1, Some(10.0)), (64, 16, None), (128, 4, None), (32, 64, None)];

fn main() {
    // `cargo test --benches` only checks that the benchmark runs.
    let frames = if std::env::args().any(|argument| argument == "--bench") { FRAMES } else { 3 };
    println!("cells      clusters  colours    frame        mean   95%   worst  ms   bar");
    let mut passed = true;
    for (side, clusters, bar) in CASES {
        for mode in [ColourMode::Combined, ColourMode::TimeLeft] {
            let mut app = app(side, clusters, mode);
            for ticking in [false, true] {
                let costs = measure(&mut app, ticking, frames);
                let mean = costs.iter().sum::<f64>() / costs.len() as f64;
                let (high, worst) = (costs[costs.len() * 95 / 100], costs[costs.len() - 1]);
                let result = bar.map_or(String::new(), |bar| {
                    passed &= mean < bar;
                    format!("{bar:>4} {}", if mean < bar { "held" } else { "MISSED" })
                });
                let (size, frame) = (format!("{side}x{side}"), if ticking { "with tick" } else { "without" });
                let mode = mode.name();
                println!(
                    "{size:<10} {clusters:<9} {mode:<10} {frame:<10} {mean:>6.2} {high:>6.2} {worst:>6.2}     {result}"
                );
            }
        }
    }
    assert!(passed || frames < FRAMES, "a frame costs more than it may");
}

fn app(side: usize, clusters: usize, mode: ColourMode) -> App {
    let mut settings = Settings::default();
    for (path, value) in [("cluster.rows", side), ("cluster.columns", side), ("run.clusters", clusters)] {
        settings.set(path, &value.to_string()).expect("a good value");
    }
    let mut app = App::new();
    let render = RenderPlugin { render_creation: WgpuSettings { backends: None, ..default() }.into(), ..default() };
    // The log plugin can be installed once per process, but this is one of several apps.
    let plugins = view::window_plugins("frame", false).set(render).disable::<WinitPlugin>().disable::<LogPlugin>();
    app.add_plugins(plugins);
    simulation::plugin(&mut app);
    view::plugin(&mut app);
    overlay::plugin(&mut app);
    app.insert_resource(Pace::new(1.0)).insert_resource(mode);
    Simulation::prepare(settings, 1).expect("good settings").start(app.world_mut(), None::<RunFolder>);
    app.finish();
    app.cleanup();
    app
}

/// Milliseconds of each frame, sorted.
fn measure(app: &mut App, ticking: bool, frames: usize) -> Vec<f64> {
    let mut costs = Vec::with_capacity(frames);
    for frame in 0..frames + WARM_UP {
        if ticking || frame < WARM_UP {
            simulation::tick(app.world_mut());
        }
        let started = Instant::now();
        app.update();
        if frame >= WARM_UP {
            costs.push(1000.0 * started.elapsed().as_secs_f64());
        }
    }
    costs.sort_unstable_by(f64::total_cmp);
    costs
}
