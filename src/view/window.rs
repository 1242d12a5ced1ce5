//! Bevy's default plugins, configured for this program.

use bevy::DefaultPlugins;
use bevy::app::{App, PluginGroup, PluginGroupBuilder, TerminalCtrlCHandlerPlugin};
use bevy::ecs::prelude::{Resource, With, World};
use bevy::log::tracing_subscriber::fmt::Layer;
use bevy::log::{Level, LogPlugin};
use bevy::render::RenderPlugin;
use bevy::render::error_handler::{RenderErrorHandler, RenderErrorPolicy};
use bevy::window::{PrimaryWindow, Window, WindowPlugin, WindowResizeConstraints, WindowResolution};
use std::io::stderr;

/// Initial width and height of the window, in logical pixels.
const SIZE: [u32; 2] = [1280, 720];

/// Minimum width and height of the window, in logical pixels. At less the panels are hidden.
const SMALLEST: [f32; 2] = [320.0, 240.0];

/// Inserted when the renderer has failed: nothing can be drawn any more, but the run can still be saved.
#[derive(Resource, Debug)]
pub struct RendererFailed;

/// Keeps the app alive after a failure of the renderer, so that it can save the run. Bevy's own handler would end it at
/// once.
pub(super) fn plugin(app: &mut App) {
    app.insert_resource(RenderErrorHandler(|_, world, _| {
        world.insert_resource(RendererFailed);
        RenderErrorPolicy::StopRendering
    }));
}

/// Sets the initial size of the window, in logical pixels, if one is given.
pub fn resize(world: &mut World, size: Option<(u32, u32)>) {
    let mut windows = world.query_filtered::<&mut Window, With<PrimaryWindow>>();
    if let (Some((width, height)), Ok(mut window)) = (size, windows.single_mut(world)) {
        window.resolution.set(width as f32, height as f32);
    }
}

/// Window, input and renderer. Ctrl-C is left to the command line, which saves the run first.
pub fn window_plugins(title: &str, visible: bool) -> PluginGroupBuilder {
    let window = Window {
        title: title.to_owned(),
        name: Some("resonetics".to_owned()),
        resolution: WindowResolution::new(SIZE[0], SIZE[1]),
        resize_constraints: WindowResizeConstraints {
            min_width: SMALLEST[0],
            min_height: SMALLEST[1],
            ..Default::default()
        },
        visible,
        ..Default::default()
    };
    DefaultPlugins
        .set(WindowPlugin { primary_window: Some(window), ..Default::default() })
        // Driver messages are for developers, who can enable them with RUST_LOG.
        .set(LogPlugin {
            level: Level::ERROR,
            filter: "wgpu=off,naga=off,rfd=off".to_owned(),
            // By default, a line that cannot be written is reported by `eprintln!`, which then panics.
            fmt_layer: |_| Some(Box::new(Layer::default().with_writer(stderr).log_internal_errors(false))),
            ..Default::default()
        })
        // There are few pipelines, and no frame should be drawn without them.
        .set(RenderPlugin { synchronous_pipeline_compilation: true, ..Default::default() })
        .disable::<TerminalCtrlCHandlerPlugin>()
}
