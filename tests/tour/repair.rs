//! A cell that is broken by hand and mended by the agent, and the timeline that leads back to both moments.

use crate::guide::{GuidePolicy, key, mouse};
use crate::reading::{beside, cell, find, middle, place, seek, texts};
use crate::twin::Twin;
use resonetics::cluster::{Action, Intervention};
use resonetics::simulation::{ActionResult, Cause, Command, Decision, FrameHistory, LiveCluster};
use resonetics::view::{Picture, Widget};

/// The cell that is broken.
const BROKEN: [usize; 2] = [1, 4];

/// The timeline, and the numbers of its first moment, its last and the one that is shown.
fn timeline(picture: &Picture) -> (&Widget, [u64; 3]) {
    let widget = find(picture, "strip", "Timeline");
    let [first, last] = widget.range.expect("it has ends");
    let now: f64 = widget.value.as_ref().and_then(|value| value.parse().ok()).expect("a number");
    (widget, [first as u64, last as u64, now as u64])
}

/// The pixel of the timeline that stands for a moment.
fn pixel(picture: &Picture, number: u64) -> (i16, i16) {
    let (widget, [first, last, _]) = timeline(picture);
    let [left, _, right, _] = widget.rect.expect("it is in sight");
    let x = left + (number - first) as f32 / (last - first) as f32 * (right - left);
    (x.round() as i16, middle(widget).expect("it is in sight").1)
}

/// Numbers of the moments of the first cluster at which there is a mark.
fn marks(twin: &Twin) -> Vec<u64> {
    let alarm = twin.settings().view.alarm;
    let mut above = false;
    let marked = twin.get::<FrameHistory>().frames().filter(|(_, frame)| {
        let (before, risk) = (above, frame.forecast_and_decision().map(|(forecast, _)| f64::from(forecast.risk())));
        above = frame.cause != Cause::Start && risk.map_or(above, |risk| risk >= alarm);
        frame.cause != Cause::Tick || frame.action_result.step.outcome.is_collapse() || (above && !before)
    });
    marked.map(|(number, _)| number).collect()
}

/// A cell is pointed at, picked, and broken by the button on its card and by a key; the agent comes and mends it, in the window
/// as in the twin. Answers the tick at which it does, and the picture of some ticks later.
pub fn a_cell_is_broken_and_mended(guide: &mut GuidePolicy, twin: &mut Twin) {
    let first = guide.picture();
    guide.point(place(&first, BROKEN));
    let pointed = guide.picture();
    let message = texts(&pointed, "");
    assert!(message.iter().any(|text| text.starts_with("row 1, column 4, ")), "{message:?}");
    guide.click(place(&first, BROKEN));
    let picked = guide.picture();
    assert_eq!(picked.focus, Some(BROKEN));
    assert_eq!(beside(&picked, "Cell", "Row, column"), "1, 4");
    let (at, broken) = (picked.tick, (BROKEN[0] * 6 + BROKEN[1]) as u32);
    guide.click_on("Cell", "Memory leak (B)");
    guide.leave();
    guide.letter('x');
    twin.to(at);
    for intervention in
        [Intervention::Leak { cell: broken, per_step: 0.02 }, Intervention::Spike { cell: broken, steps: 20 }]
    {
        twin.ask(Command::Intervene { cluster: 0, intervention });
    }
    let leaking = guide.picture();
    assert_eq!((leaking.tick, cell(&leaking, BROKEN).cpu), (at, 1.0), "it is done between two ticks");
    twin.compare(&leaking);
    for message in ["leak row 1 column 4 by 0.02 per step", "spike row 1 column 4 for 20 steps"] {
        assert!(guide.commands().contains(&format!("{at},{message} in cluster 0")), "{}", guide.commands());
    }

    let mends = |twin: &Twin| {
        let (cluster, action) = (&twin.get::<LiveCluster>().0, twin.get::<Decision>().choice.action);
        let paid = twin.get::<ActionResult>().effect.refused == 0.0;
        cluster.agent() == (BROKEN[0], BROKEN[1]) && paid && matches!(action, Action::FullClean | Action::MemoryClean)
    };
    let mended = (at + 1..at + 150).find(|tick| {
        twin.to(*tick);
        mends(twin)
    });
    let mended = mended.expect("the agent comes within 150 steps");
    guide.press(&[key::SPACE]);
    guide.wait_for_tick(mended + 2);
    guide.press(&[key::SPACE]);
    let after = guide.picture();
    assert!(after.tick > mended && !after.running);
    twin.compare(&after);
    both_moments_are_looked_back_at(guide, twin, &leaking, mended, &after);
}

/// The timeline is dragged to the moment before, and a step further on it is done; from mark to mark, and back to the present.
fn both_moments_are_looked_back_at(
    guide: &mut GuidePolicy,
    twin: &mut Twin,
    leaking: &Picture,
    mended: u64,
    after: &Picture,
) {
    let (_, [_, last, now]) = timeline(after);
    assert_eq!((now, twin.get::<FrameHistory>().range().end), (last, last + 1));
    let moment = last - (after.tick - mended) - 1;
    guide.drag(mouse::LEFT, pixel(after, last), pixel(after, moment));
    let mut ill = guide.picture();
    assert_eq!((timeline(&ill).1[2], ill.tick), (moment, mended - 1), "the pointer chose the moment");
    assert!(texts(&ill, "strip").contains(&format!("LOOKING BACK: tick {0}, step {0}", mended - 1)));
    twin.compare(&ill);
    let full = cell(&ill, BROKEN).memory;
    let was = cell(leaking, BROKEN).memory;
    assert!(full > was + 0.02, "it leaked from {was} to {full}");
    guide.letter('.');
    let well = guide.picture();
    assert_eq!((well.tick, well.agent), (mended, BROKEN));
    assert!(well.touched.contains(&BROKEN) && well.action.as_ref().is_some_and(|name| name.contains("clean")));
    assert!(cell(&well, BROKEN).memory < full - 0.02, "{:?} after {full}", cell(&well, BROKEN));
    twin.compare(&well);

    // From mark to mark, and back to the present.
    guide.click_on("strip", "|<");
    ill = guide.picture();
    let marked = marks(twin).into_iter().rev().find(|number| *number < moment + 1).expect("a mark");
    assert_eq!(timeline(&ill).1[2], marked);
    guide.click_on("strip", ">|");
    let next = guide.picture();
    twin.to(after.tick);
    let wanted = marks(twin).into_iter().find(|number| *number > marked).unwrap_or(last);
    assert_eq!(timeline(&next).1[2], wanted);
    guide.letter('l');
    let present = guide.picture();
    assert_eq!((present.tick, seek(&present, "strip", "Live").map(|live| live.enabled)), (after.tick, Some(false)));
}
