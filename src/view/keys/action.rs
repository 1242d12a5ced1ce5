//! What keys ask for.

use crate::cluster::Action;
use crate::view::shown::TimelineMove;

/// What somebody asks for with a key. Whoever does it looks whether it can be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAction {
    /// Start or pause.
    TogglePause,
    /// One tick.
    Step,
    /// Twice as fast.
    Faster,
    /// Half as fast.
    Slower,
    /// Look at another moment.
    Look(TimelineMove),
    /// Save a checkpoint.
    Save,
    /// Save a picture of the window.
    Picture,
    /// See everything.
    SeeAll,
    /// So many cameras further on.
    Camera(isize),
    /// Look at the pinned cell.
    LookAtPinned,
    /// So many colour modes further on.
    Colours(isize),
    /// So many clusters further on.
    Cluster(isize),
    /// Show both side panels, one, or none, in turns.
    CycleSides,
    /// Show the scene only, or everything again.
    SceneOnly,
    /// Take over the agent, or hand it back.
    TakeOver,
    /// Drive the agent.
    Drive(Action),
    /// Show or hide what the Pilot would do.
    Hint,
    /// Let the pinned cell go.
    Unpin,
    /// Load the pinned cell.
    Spike,
    /// Let the pinned cell leak.
    Leak,
    /// Fill the memory of the pinned cell.
    Kill,
    /// Heal the pinned cell.
    Heal,
    /// Give the pinned cell the next priority.
    Prioritise,
    /// Take the zone around the pinned cell out of service.
    Outage,
    /// Let the zone around the pinned cell leak.
    Storm,
    /// Make the overlay larger.
    Larger,
    /// Make the overlay smaller.
    Smaller,
    /// Give the overlay its usual size.
    UsualSize,
    /// Show or hide the help.
    Help,
    /// Steer the flying camera, which reads the keyboard itself.
    Fly,
    /// Fly faster, as long as it is held.
    FlyFaster,
}
