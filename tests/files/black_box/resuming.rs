//! A resumed run writes the same black boxes.

use super::{FULL_MOMENTS, meddled, settings, ticks, world};
use resonetics::cluster::Cluster;
use resonetics::schema;
use resonetics::simulation::{Cause, Episode, Frame, FrameHistory, LiveCluster, RunStats};

/// A frame as text: without the agent's part if it did not act.
fn text(frame: &Frame) -> String {
    if frame.cause == Cause::Tick {
        return format!("{frame:?}");
    }
    let Frame { cause, decision_known, tick, episode, time, agent, budget, load, cpu, mem, priority, .. } = frame;
    format!("{:?}", (cause, decision_known, tick, episode, time, agent, budget, load, cpu, mem, priority))
}

#[test]
fn a_frame_history_is_restored_from_its_saved_state() {
    let place = tempfile::tempdir().unwrap();
    let settings = settings();
    let mut world = world(&place, "run", settings.clone());
    let mut compared = 0;
    for piece in 0..30 {
        if piece % 2 == 0 {
            meddled(&mut world, 23)
        } else {
            ticks(&mut world, 17)
        }
        let now = world.resource::<RunStats>().ticks;
        let mut clusters = world.query::<(&LiveCluster, &FrameHistory, &Episode)>();
        for (live, frame_history, episode) in clusters.iter(&world) {
            let mut bytes = Vec::new();
            schema::write(&frame_history.to_saved(FULL_MOMENTS), &mut bytes).unwrap();
            let saved = schema::read(&bytes[..], 1 << 20, "it").unwrap();
            let fresh = Cluster::new(settings.cluster.clone(), settings.reward.clone(), None);
            let again = FrameHistory::new(FULL_MOMENTS)
                .with_action_log()
                .restore(saved, fresh, episode.seed(), episode.number, now)
                .unwrap();
            assert_eq!(again.action_log(), frame_history.action_log());
            let here = frame_history
                .frames()
                .rev()
                .take_while(|(_, frame)| frame.episode == episode.number)
                .take(FULL_MOMENTS);
            let there = again.frames().rev().take(FULL_MOMENTS);
            for ((_, here), (_, there)) in here.zip(there) {
                assert_eq!(text(here), text(there));
                compared += 1;
            }
            assert_eq!(again.latest().unwrap().cpu, live.0.cells().cpu);
        }
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn a_saved_history_of_another_episode_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let settings = settings();
    let mut world = world(&place, "run", settings.clone());
    ticks(&mut world, 20);
    let mut frame_histories = world.query::<&FrameHistory>();
    let saved = frame_histories.iter(&world).next().unwrap().to_saved(FULL_MOMENTS);
    let fresh = Cluster::new(settings.cluster.clone(), settings.reward.clone(), None);
    let problem = FrameHistory::new(FULL_MOMENTS).restore(saved, fresh, 12_345, 0, 20).unwrap_err();
    assert!(problem.contains("replays differently"), "{problem}");
}
