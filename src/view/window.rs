//! Bevy's default plugins, set up for this program.

use bevy::DefaultPlugins;
use bevy::app::{PluginGroup, PluginGroupBuilder, TerminalCtrlCHandlerPlugin};
use bevy::log::{Level, LogPlugin};
use bevy::render::RenderPlugin;
use bevy::window::{Window, WindowPlugin, WindowResolution};

/// Width and height of the window at the start, in logical pixels.
const SIZE: [u32; 2] = [1280, 720];

/// Window, input and renderer. Ctrl-C is left to the command line, which saves the run first.
pub fn window_plugins(title: &str, visible: bool) -> PluginGroupBuilder {
    let window = Window {
        title: title.to_owned(),
        name: Some("resonetics".to_owned()),
        resolution: WindowResolution::new(SIZE[0], SIZE[1]),
        visible,
        ..Default::default()
    };
    DefaultPlugins
        .set(WindowPlugin { primary_window: Some(window), ..Default::default() })
        // A driver's remarks are for developers, who can ask for them with RUST_LOG.
        .set(LogPlugin { level: Level::ERROR, filter: "wgpu=off,naga=off".to_owned(), ..Default::default() })
        // Few pipelines are needed, and no frame should be drawn without them.
        .set(RenderPlugin { synchronous_pipeline_compilation: true, ..Default::default() })
        .disable::<TerminalCtrlCHandlerPlugin>()
}
