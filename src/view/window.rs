//! Bevy's default plugins, set up for this program.

use bevy::DefaultPlugins;
use bevy::app::{App, PluginGroup, PluginGroupBuilder, TerminalCtrlCHandlerPlugin};
use bevy::ecs::prelude::{Resource, With, World};
use bevy::log::{Level, LogPlugin};
use bevy::render::RenderPlugin;
use bevy::render::error_handler::{RenderErrorHandler, RenderErrorPolicy};
use bevy::window::{PrimaryWindow, Window, WindowPlugin, WindowResizeConstraints, WindowResolution};

/// Width and height of the window at the start, in logical pixels.
const SIZE: [u32; 2] = [1280, 720];

/// Least width and height of the window, in logical pixels. Below it there are no panels, only the scene.
const SMALLEST: [f32; 2] = [320.0, 240.0];

/// Set when the renderer has failed: nothing can be shown any more, but the run can still be saved.
#[derive(Resource, Debug)]
pub struct RendererFailed;

/// Lets the app live on after a failure of the renderer, so that it can save the run before it ends. Bevy's own handler
/// would end it at once.
pub(super) fn plugin(app: &mut App) {
    app.insert_resource(RenderErrorHandler(|_, world, _| {
        world.insert_resource(RendererFailed);
        RenderErrorPolicy::StopRendering
    }));
}

/// Gives the window, which is not open yet, another size in logical pixels, if one is wanted.
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
        // A driver's remarks are for developers, who can ask for them with RUST_LOG.
        .set(LogPlugin { level: Level::ERROR, filter: "wgpu=off,naga=off,rfd=off".to_owned(), ..Default::default() })
        // Few pipelines are needed, and no frame should be drawn without them.
        .set(RenderPlugin { synchronous_pipeline_compilation: true, ..Default::default() })
        .disable::<TerminalCtrlCHandlerPlugin>()
}
