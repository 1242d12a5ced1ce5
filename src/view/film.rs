//! Films of the window: an animated GIF of some ticks, for a README or a talk. Each picture is taken once its moment
//! has been drawn, however slowly, so the film is the same on every machine.

use super::shown::ViewSystems;
use crate::simulation::{Pace, RunStats};
use crate::storage::{RecordError, write_file};
use bevy::app::{App, Update};
use bevy::ecs::prelude::{Commands, IntoScheduleConfigs, On, Res, ResMut, Resource};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use color_quant::NeuQuant;
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use image::imageops::{FilterType, resize};
use image::{Rgba, RgbaImage};
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Pictures per tick: between two ticks the agent glides.
const PICTURES_PER_TICK: u32 = 3;
/// Time that a picture is shown, in hundredths of a second.
const DELAY: u16 = 7;
/// Width of the film, in pixels; the height follows from the window's aspect.
const WIDTH: u32 = 720;
/// Colours in the palette; one more index marks an unchanged pixel.
const COLOURS: usize = 255;
/// One pixel in this many is sampled to choose the palette, 1 to 30.
const SAMPLING: i32 = 20;
/// Frames that the renderer gets to draw a change.
const SETTLING_FRAMES: u32 = 3;

/// A film that a run is started for (`--film FILE --at-tick N`).
#[derive(Resource, Debug)]
pub struct FilmJob {
    path: PathBuf,
    /// First tick to show.
    from: u64,
    /// Number of pictures to take.
    length: usize,
    pictures: Vec<RgbaImage>,
    /// Frames since the moment changed; none while a picture is being taken.
    settled: Option<u32>,
    /// Path of the film, or why it failed; none until it is finished.
    pub outcome: Option<Result<PathBuf, String>>,
}

impl FilmJob {
    /// A film of `ticks` ticks after tick `from`.
    pub fn new(path: PathBuf, from: u64, ticks: u32) -> Self {
        let length = (ticks * PICTURES_PER_TICK) as usize;
        Self { path, from, length, pictures: Vec::new(), settled: Some(0), outcome: None }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, capture.after(ViewSystems));
}

/// Takes the next picture once its moment is on the screen, then advances to the next moment.
fn capture(film_job: Option<ResMut<FilmJob>>, stats: Res<RunStats>, mut pace: ResMut<Pace>, mut commands: Commands) {
    let Some(mut film_job) = film_job else { return };
    if film_job.outcome.is_some() || stats.ticks < film_job.from || pace.running {
        return;
    }
    let Some(settled) = &mut film_job.settled else { return };
    *settled += 1;
    if *settled == 1 {
        let step = film_job.pictures.len() as u32 % PICTURES_PER_TICK;
        pace.stop_at = None;
        pace.single_steps += u32::from(step == 0);
        pace.held = Some((step + 1) as f32 / PICTURES_PER_TICK as f32);
    } else if *settled > SETTLING_FRAMES {
        film_job.settled = None;
        commands.spawn(Screenshot::primary_window()).observe(store_picture);
    }
}

fn store_picture(captured: On<ScreenshotCaptured>, mut film_job: ResMut<FilmJob>, mut pace: ResMut<Pace>) {
    let image = match captured.image.clone().try_into_dynamic() {
        Ok(image) => image.to_rgba8(),
        Err(error) => {
            film_job.outcome = Some(Err(error.to_string()));
            return;
        }
    };
    let height = (image.height() * WIDTH / image.width().max(1)).max(1);
    film_job.pictures.push(resize(&image, WIDTH, height, FilterType::Triangle));
    film_job.settled = Some(0);
    if film_job.pictures.len() == film_job.length {
        pace.held = None;
        let pictures = std::mem::take(&mut film_job.pictures);
        let saved = save(&pictures, &film_job.path).map(|()| film_job.path.clone());
        film_job.outcome = Some(saved.map_err(|error| error.to_string()));
    }
}

fn save(pictures: &[RgbaImage], path: &Path) -> Result<(), RecordError> {
    let failed = |problem: String| RecordError::io("write", path)(std::io::Error::other(problem));
    let bytes = encode(pictures).map_err(|error| failed(error.to_string()))?;
    write_file(path, &bytes)
}

/// Encodes pictures of one size as a GIF. They share one palette, so that each stores only the pixels that changed.
fn encode(pictures: &[RgbaImage]) -> Result<Vec<u8>, gif::EncodingError> {
    let all: Vec<u8> = pictures.iter().step_by(pictures.len() / 8 + 1).flat_map(|one| one.as_raw()).copied().collect();
    let colours = NeuQuant::new(SAMPLING, COLOURS, &all);
    let size = pictures.first().map_or((1, 1), RgbaImage::dimensions);
    let (width, height) = (size.0 as u16, size.1 as u16);
    let palette = colours.color_map_rgb();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height, &palette)?;
    encoder.set_repeat(Repeat::Infinite)?;
    let mut indices: HashMap<Rgba<u8>, u8> = HashMap::new();
    let mut before: Vec<u8> = Vec::new();
    for picture in pictures.iter().filter(|picture| picture.dimensions() == size) {
        let index = |pixel: &Rgba<u8>| *indices.entry(*pixel).or_insert_with(|| colours.index_of(&pixel.0) as u8);
        let now: Vec<u8> = picture.pixels().map(index).collect();
        let same = |(at, index): (usize, &u8)| if before.get(at) == Some(index) { COLOURS as u8 } else { *index };
        let changed: Vec<u8> = now.iter().enumerate().map(same).collect();
        encoder.write_frame(&Frame {
            width,
            height,
            delay: DELAY,
            dispose: DisposalMethod::Keep,
            transparent: Some(COLOURS as u8),
            buffer: Cow::Borrowed(&changed),
            ..Default::default()
        })?;
        before = now;
    }
    drop(encoder);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_shows_its_pictures_one_after_the_other() {
        let colours = [Rgba([200, 30, 30, 255]), Rgba([30, 200, 30, 255]), Rgba([30, 30, 200, 255])];
        let pictures = [0_u32, 1, 2].map(|at| {
            // A square that moves over a fixed background.
            RgbaImage::from_fn(12, 8, |x, _| if x / 4 == at { colours[1] } else { colours[0] })
        });
        let bytes = encode(&pictures).unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::Indexed);
        let mut film = options.read_info(&bytes[..]).unwrap();
        let palette = film.global_palette().unwrap().to_vec();
        let (mut shown, mut canvas) = (0, vec![u8::MAX; 12 * 8]);
        while let Some(frame) = film.read_next_frame().unwrap() {
            for (pixel, index) in canvas.iter_mut().zip(frame.buffer.iter()) {
                *pixel = if frame.transparent == Some(*index) { *pixel } else { *index };
            }
            for (index, pixel) in canvas.iter().zip(pictures[shown].pixels()) {
                let colour = &palette[3 * usize::from(*index)..][..3];
                let apart = colour.iter().zip(pixel.0).map(|(one, other)| one.abs_diff(other)).max();
                assert!(apart < Some(12), "picture {shown}: {colour:?} is not {pixel:?}");
            }
            shown += 1;
        }
        assert_eq!(shown, 3);
    }
}
