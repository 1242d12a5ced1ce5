//! The panels without a window: the overlay's own systems draw them over a run of the library, their texts are read from the
//! tree that screen readers get, and a simulated pointer and keyboard use them. What only a real window has (the keys of the
//! scene, the cameras, pixels) is visited by `tests/tour`.

mod new_runs;
mod over_the_scene;
mod run;
mod settings;

use super::layout::Layout;
use super::timeline;
use crate::settings::{Settings, load_scenario};
use crate::simulation::{
    self, ActiveSettings, ClusterOrder, Command, CommandQueue, FrameHistory, LiveCluster, Pace, RunStats, Simulation,
};
use crate::storage::RunFolder;
use crate::view::{
    CameraRig, ClusterLabels, ColourMode, Foreground, KeyActions, Picked, Playhead, SceneArea, ScreenshotRequest,
    ViewSystems,
};
use bevy::app::{App, TaskPoolPlugin, Update};
use bevy::asset::{AssetApp, AssetPlugin};
use bevy::ecs::component::Component;
use bevy::ecs::prelude::{Resource, With, World};
use bevy::ecs::schedule::{ScheduleLabel, SingleThreadedExecutor};
use bevy::ecs::system::RunSystemOnce;
use bevy::shader::Shader;
use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{self, Context, Key, Modifiers, Vec2, vec2};
use bevy_egui::{EguiContext, EguiPrimaryContextPass, PrimaryEguiContext};
use egui_kittest::kittest::{AccessKitNode, NodeT};
use egui_kittest::{Harness, Node};

/// A window that holds all panels with all their sections open.
const TALL: Vec2 = vec2(1280.0, 4_000.0);
/// The sections of both panels.
const SECTIONS: [&str; 11] = [
    "Run",
    "Scenario",
    "Compare",
    "Tuning",
    "Settings",
    "Save and load",
    "Legend",
    "Prophet",
    "Decision",
    "Charts",
    "Events",
];

/// The overlay over a run, and the commands that it has given.
struct Overlay {
    app: App,
    commands: Vec<Command>,
}

impl Overlay {
    /// The overlay over what `start` puts into the world, at rest.
    fn new(start: impl FnOnce(&mut World)) -> Self {
        let mut app = App::new();
        app.add_plugins((TaskPoolPlugin::default(), AssetPlugin::default())).init_asset::<Shader>();
        simulation::plugin(&mut app);
        // What the scene shows, as far as the overlay reads it.
        app.init_resource::<Playhead>().init_resource::<ColourMode>().init_resource::<CameraRig>();
        app.init_resource::<SceneArea>().init_resource::<Picked>().init_resource::<ClusterLabels>();
        app.init_resource::<KeyActions>().init_resource::<Foreground>().add_message::<ScreenshotRequest>();
        app.configure_sets(Update, ViewSystems);
        super::plugin(&mut app);
        for schedule in [Update.intern(), EguiPrimaryContextPass.intern()] {
            app.edit_schedule(schedule, |schedule| {
                schedule.set_executor(SingleThreadedExecutor::new());
            });
        }
        let mut pace = Pace::new(1.0);
        pace.running = false;
        app.insert_resource(pace);
        app.world_mut().spawn(PrimaryEguiContext);
        app.world_mut().resource_mut::<Layout>().open = SECTIONS.map(|title| (title.to_owned(), true)).into();
        start(app.world_mut());
        Self { app, commands: Vec::new() }
    }

    /// Draws a frame of the window. The commands of the frame before are done first, but for the beginning of another run.
    fn draw(&mut self, context: &Context) {
        let world = self.app.world_mut();
        let mut primary = world.query_filtered::<&mut EguiContext, With<PrimaryEguiContext>>();
        primary.single_mut(world).expect("a context").get_mut().clone_from(context);
        world.run_system_once(timeline::apply_moves).expect("a system");
        let mut queue = world.resource_mut::<CommandQueue>();
        self.commands.extend(queue.0.iter().cloned());
        queue.0.retain(|command| !matches!(command, Command::Restart(_)));
        simulation::apply_commands(world);
        world.run_schedule(Update);
        world.run_schedule(EguiPrimaryContextPass);
    }
}

/// The panels as somebody reads and uses them.
struct Panels(Harness<'static, Overlay>);

impl Panels {
    fn new(size: Vec2, overlay: Overlay) -> Self {
        let harness = Harness::builder().with_size(size).with_max_steps(40);
        Self(harness.build_ui_state(|ui, overlay: &mut Overlay| overlay.draw(ui.ctx()), overlay))
    }

    /// The panels over this run after so many ticks, all their sections open.
    fn over(settings: Settings, ticks: u64) -> Self {
        Self::recorded(settings, None, ticks)
    }

    /// The same with a folder that the run writes into.
    fn recorded(settings: Settings, folder: Option<RunFolder>, ticks: u64) -> Self {
        let mut panels = Self::new(
            TALL,
            Overlay::new(|world| {
                Simulation::prepare(settings, 1).expect("good settings").start(world, folder);
            }),
        );
        panels.ticks(ticks);
        panels
    }

    /// Lets the run do so many ticks, and draws them.
    fn ticks(&mut self, count: u64) {
        let world = self.world();
        (0..count).for_each(|_| simulation::tick(world));
        self.draw();
    }

    /// Draws until nothing changes any more.
    fn draw(&mut self) {
        self.0.run();
    }

    fn world(&mut self) -> &mut World {
        self.0.state_mut().app.world_mut()
    }

    fn resource<R: Resource>(&self) -> &R {
        self.0.state().app.world().resource::<R>()
    }

    /// A component of the first cluster or of its agent.
    fn get<C: Component>(&self) -> &C {
        let (cluster, agent) = self.resource::<ClusterOrder>().0[0];
        let world = self.0.state().app.world();
        world.get::<C>(cluster).or_else(|| world.get::<C>(agent)).expect("a component")
    }

    fn settings(&self) -> &Settings {
        &self.resource::<ActiveSettings>().0
    }

    fn frame_history(&self) -> &FrameHistory {
        self.get::<FrameHistory>()
    }

    fn cluster(&self) -> &crate::cluster::Cluster {
        &self.get::<LiveCluster>().0
    }

    /// Ticks done.
    fn done(&self) -> u64 {
        self.resource::<RunStats>().ticks
    }

    /// The commands of the panels since this was asked last.
    fn take_commands(&mut self) -> Vec<Command> {
        let overlay = self.0.state_mut();
        let waiting = overlay.app.world().resource::<CommandQueue>().0.iter().cloned();
        let commands = overlay.commands.drain(..).chain(waiting).collect();
        overlay.app.world_mut().resource_mut::<CommandQueue>().0.clear();
        commands
    }

    /// What can be read, pressed or filled in in a part of the overlay, in the order of reading; in all of it where no part is
    /// named.
    fn widgets(&self, part: &str) -> Vec<Node<'_>> {
        let all = self.0.root().children_recursive();
        let named = |node: &Node| {
            let node = node.accesskit_node();
            matches!(node.role(), Role::Group | Role::Window) && node.label().as_deref() == Some(part)
        };
        let inside: Vec<_> = match part {
            "" => all.collect(),
            _ => all.filter(named).flat_map(|node| node.children_recursive()).collect(),
        };
        let skipped = |role| {
            use Role::{GenericContainer, Group, ScrollBar, Splitter, TextRun, Unknown, Window};
            matches!(role, GenericContainer | Group | ScrollBar | Splitter | TextRun | Unknown | Window)
        };
        inside.into_iter().filter(|node| !skipped(node.accesskit_node().role())).collect()
    }

    /// Everything that is written in a part.
    fn texts(&self, part: &str) -> Vec<String> {
        self.widgets(part).iter().map(label).filter(|text| !text.is_empty()).collect()
    }

    /// Whether a part says exactly this.
    fn has_text(&self, part: &str, text: &str) -> bool {
        self.texts(part).iter().any(|found| found == text)
    }

    /// Expects a part to say all of this.
    fn expect_texts<T: AsRef<str>>(&self, part: &str, wanted: impl IntoIterator<Item = T>) {
        let texts = self.texts(part);
        for wanted in wanted {
            assert!(texts.iter().any(|text| text == wanted.as_ref()), "{:?}: {texts:?}", wanted.as_ref());
        }
    }

    /// What says exactly this in a part.
    fn find(&self, part: &str, text: &str) -> Node<'_> {
        let found = self.widgets(part).into_iter().find(|node| label(node) == text);
        found.unwrap_or_else(|| panic!("{text:?} is not in {part}: {:?}", self.texts(part)))
    }

    /// The first of this role in a part.
    fn first(&self, part: &str, role: Role) -> Node<'_> {
        let found = self.widgets(part).into_iter().find(|node| node.accesskit_node().role() == role);
        found.unwrap_or_else(|| panic!("no {role:?} is in {part}: {:?}", self.texts(part)))
    }

    /// What stands after a name.
    fn after(&self, part: &str, name: &str) -> Node<'_> {
        let next = self.widgets(part).into_iter().skip_while(|node| label(node) != name).nth(1);
        next.unwrap_or_else(|| panic!("nothing is after {name:?} in {part}: {:?}", self.texts(part)))
    }

    /// What is written or filled in after a name.
    fn value_after(&self, part: &str, name: &str) -> String {
        let next = self.after(part, name);
        value(&next).unwrap_or_else(|| label(&next))
    }

    /// Clicks on what says exactly this in a part.
    fn click(&mut self, part: &str, text: &str) {
        self.find(part, text).click();
        self.draw();
    }

    /// Chooses in the first list of a part.
    fn choose(&mut self, part: &str, text: &str) {
        self.first(part, Role::ComboBox).click();
        self.draw();
        // The list lies in no part; what is chosen may stand in one, too.
        let listed = self.widgets("").into_iter().filter(|node| label(node) == text && value(node).is_none());
        listed.last().unwrap_or_else(|| panic!("{text:?} is in no list")).click();
        self.draw();
    }

    /// Fills in a field, in the place of what stands there, and leaves it.
    fn fill_in(&mut self, field: impl Fn(&Self) -> Node<'_>, text: &str) {
        field(self).click();
        self.draw();
        self.0.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.0.event(egui::Event::Text(text.to_owned()));
        self.0.key_press(Key::Enter);
        self.draw();
    }
}

/// What stands on something, or the name or the hint that belongs to it.
fn label(node: &Node) -> String {
    let node: AccessKitNode = node.accesskit_node();
    let named = if node.role() == Role::Label { node.value() } else { node.label() };
    named.or_else(|| node.placeholder().map(str::to_owned)).unwrap_or_default()
}

/// What is filled in or chosen, where something can be.
fn value(node: &Node) -> Option<String> {
    let node = node.accesskit_node();
    let written = node.value().filter(|_| node.role() != Role::Label);
    written.or_else(|| node.numeric_value().map(|number| number.to_string()))
}

/// The least and the largest number that something takes.
fn range(node: &Node) -> Option<(f64, f64)> {
    node.accesskit_node().min_numeric_value().zip(node.accesskit_node().max_numeric_value())
}

fn is_enabled(node: &Node) -> bool {
    !node.accesskit_node().is_disabled()
}

/// The settings of a scenario with these values.
fn settings(scenario: &str, values: &[(&str, &str)]) -> Settings {
    let cluster = load_scenario(scenario).expect("a scenario");
    let mut settings = Settings { cluster, ..Settings::default() };
    values.iter().for_each(|(path, value)| settings.set(path, value).expect("a good value"));
    settings.run.clusters = 1;
    settings
}
