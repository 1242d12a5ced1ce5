//! The actions that keys trigger.

use crate::cluster::Action;
use crate::view::shown::TimelineMove;

/// An action that a key triggers. Its handler decides whether it applies now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAction {
    /// Start or pause.
    TogglePause,
    /// Run one tick.
    Step,
    /// Double the speed.
    Faster,
    /// Halve the speed.
    Slower,
    /// Move the playhead.
    Look(TimelineMove),
    /// Save a checkpoint.
    Save,
    /// Take a screenshot.
    Picture,
    /// Show everything.
    SeeAll,
    /// Switch the camera, this many modes further on.
    Camera(isize),
    /// Look at the pinned cell.
    LookAtPinned,
    /// Switch the colour mode, this many modes further on.
    Colours(isize),
    /// Move the focus, this many clusters further on.
    Cluster(isize),
    /// Cycle the side panels: both, left, right, none.
    CycleSides,
    /// Show only the scene, or everything again.
    SceneOnly,
    /// Take over the agent, or hand it back.
    TakeOver,
    /// Take this action for the agent.
    Drive(Action),
    /// Show or hide the Pilot's suggestion.
    Hint,
    /// Unpin the cell.
    Unpin,
    /// CPU spike on the pinned cell.
    Spike,
    /// Memory leak on the pinned cell.
    Leak,
    /// Fill the memory of the pinned cell.
    Kill,
    /// Heal the pinned cell.
    Heal,
    /// Next priority for the pinned cell.
    Prioritise,
    /// Outage of the zone around the pinned cell.
    Outage,
    /// Leak storm in the zone around the pinned cell.
    Storm,
    /// Enlarge the overlay.
    Larger,
    /// Shrink the overlay.
    Smaller,
    /// Reset the size of the overlay.
    UsualSize,
    /// Show or hide the help.
    Help,
    /// Steer the flying camera, which reads the keyboard itself.
    Fly,
    /// Fly faster while held.
    FlyFaster,
}
