//! Films of the window: an animated GIF of some ticks, for a README or a talk. Each picture is taken once its moment
//! has been drawn, however slowly, so the film is the same on every machine. A thread encodes the pictures while they are
//! taken, so that a long film needs no more memory than a short one, but for the GIF itself.

use super::shown::ViewSystems;
use crate::simulation::{Pace, RunStats};
use crate::storage::OutputFile;
use bevy::app::{App, Update};
use bevy::ecs::prelude::{Commands, IntoScheduleConfigs, On, Res, ResMut, Resource};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use color_quant::NeuQuant;
use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};
use image::imageops::{FilterType, resize};
use image::{Rgba, RgbaImage};
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Pictures per tick: between two ticks the agent glides.
const PICTURES_PER_TICK: u32 = 3;
/// Time that a picture is shown, in hundredths of a second.
const DELAY: u16 = 7;
/// Width of the film, in pixels; the height follows from the window's aspect.
const WIDTH: u32 = 720;
/// Colours in a palette; one more index marks an unchanged pixel.
const COLOURS: usize = 255;
/// One pixel in this many is sampled to choose a palette, 1 to 30.
const SAMPLING: i32 = 20;
/// Pictures that share a palette: as many are in memory at once, about a megabyte each.
const SCENE: usize = 120;
/// Pictures that wait for the encoder. No more are taken before it has caught up.
const WAITING: usize = 8;
/// Frames that the renderer gets to draw a change.
const SETTLING_FRAMES: u32 = 3;

/// A film that a run is started for (`--film FILE --at-tick N`).
#[derive(Resource, Debug)]
pub struct FilmJob {
    file: OutputFile,
    /// First tick to show.
    from: u64,
    /// Number of pictures to take.
    length: u32,
    /// Number of pictures taken.
    taken: u32,
    /// Where the next picture goes; none once all are taken.
    pictures: Option<SyncSender<RgbaImage>>,
    /// Makes the GIF.
    encoder: Option<JoinHandle<Result<Vec<u8>, EncodingError>>>,
    /// Frames since the moment changed; none while a picture is being taken.
    settled: Option<u32>,
    /// Path of the film, or why it failed; none until it is finished.
    pub outcome: Option<Result<PathBuf, String>>,
}

impl FilmJob {
    /// A film of `ticks` ticks after tick `from`.
    pub fn new(file: OutputFile, from: u64, ticks: u32) -> Self {
        let (sender, pictures) = sync_channel(WAITING);
        let encoder = Some(std::thread::spawn(move || encode(pictures.into_iter())));
        let (length, pictures) = (ticks * PICTURES_PER_TICK, Some(sender));
        Self { file, from, length, taken: 0, pictures, encoder, settled: Some(0), outcome: None }
    }

    /// Writes the film once the encoder has ended.
    fn finish(&mut self) {
        let Some(encoder) = self.encoder.take_if(|encoder| encoder.is_finished()) else { return };
        let film = match encoder.join() {
            Ok(Ok(bytes)) => self.file.write(&bytes).map_err(|error| error.to_string()),
            Ok(Err(error)) => Err(format!("the film cannot be encoded: {error}")),
            Err(_) => Err("the film cannot be encoded".to_owned()),
        };
        self.outcome = Some(film.map(|()| self.file.path().to_owned()));
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, capture.after(ViewSystems));
}

/// Takes the next picture once its moment is on the screen, then advances to the next moment.
fn capture(film_job: Option<ResMut<FilmJob>>, stats: Res<RunStats>, mut pace: ResMut<Pace>, mut commands: Commands) {
    let Some(mut film_job) = film_job else { return };
    film_job.finish();
    let ended = film_job.outcome.is_some() || film_job.pictures.is_none();
    if ended || stats.ticks < film_job.from || pace.running {
        return;
    }
    let step = film_job.taken % PICTURES_PER_TICK;
    let Some(settled) = &mut film_job.settled else { return };
    *settled += 1;
    if *settled == 1 {
        pace.stop_at = None;
        pace.single_steps += u32::from(step == 0);
        pace.held = Some((step + 1) as f32 / PICTURES_PER_TICK as f32);
    } else if *settled > SETTLING_FRAMES {
        film_job.settled = None;
        commands.spawn(Screenshot::primary_window()).observe(send_picture);
    }
}

fn send_picture(captured: On<ScreenshotCaptured>, mut film_job: ResMut<FilmJob>, mut pace: ResMut<Pace>) {
    let image = match captured.image.clone().try_into_dynamic() {
        Ok(image) => image.to_rgba8(),
        Err(error) => {
            film_job.outcome = Some(Err(error.to_string()));
            return;
        }
    };
    let height = (image.height() * WIDTH / image.width().max(1)).max(1);
    let picture = resize(&image, WIDTH, height, FilterType::Triangle);
    film_job.taken += 1;
    film_job.settled = Some(0);
    // An encoder that has failed takes none, and says why at its end.
    let refused = film_job.pictures.as_ref().is_some_and(|pictures| pictures.send(picture).is_err());
    if refused || film_job.taken == film_job.length {
        pace.held = None;
        film_job.pictures = None;
    }
}

/// Encodes pictures as a GIF of the size of the first; others are left out. Each stores only the pixels that change.
fn encode(pictures: impl Iterator<Item = RgbaImage>) -> Result<Vec<u8>, EncodingError> {
    let mut pictures = pictures.peekable();
    let size = pictures.peek().map_or((1, 1), RgbaImage::dimensions);
    let mut pictures = pictures.filter(|picture| picture.dimensions() == size);
    let (width, height) = (size.0 as u16, size.1 as u16);
    let mut film: Option<Encoder<Vec<u8>>> = None;
    // The colours that the film shows so far.
    let mut canvas = vec![None; width as usize * height as usize];
    loop {
        let scene: Vec<RgbaImage> = pictures.by_ref().take(SCENE).collect();
        if scene.is_empty() {
            return film.map_or(Ok(Vec::new()), Encoder::into_inner);
        }
        let sample = scene.iter().step_by(scene.len() / 8 + 1).flat_map(|picture| picture.as_raw());
        let colours = NeuQuant::new(SAMPLING, COLOURS, &sample.copied().collect::<Vec<u8>>());
        let palette = colours.color_map_rgb();
        // The first palette is that of the film; later ones come with their pictures.
        let own_palette = film.is_some().then(|| palette.clone());
        if film.is_none() {
            film.insert(Encoder::new(Vec::new(), width, height, &palette)?).set_repeat(Repeat::Infinite)?;
        }
        let mut indices: HashMap<Rgba<u8>, u8> = HashMap::new();
        for picture in &scene {
            let changes = picture.pixels().zip(&mut canvas).map(|(pixel, shown)| {
                let index = *indices.entry(*pixel).or_insert_with(|| colours.index_of(&pixel.0) as u8);
                let colour = palette.get(3 * usize::from(index)..).and_then(|rest| rest.first_chunk::<3>().copied());
                if std::mem::replace(shown, colour) == colour { COLOURS as u8 } else { index }
            });
            let changes: Vec<u8> = changes.collect();
            let frame = Frame {
                width,
                height,
                delay: DELAY,
                dispose: DisposalMethod::Keep,
                transparent: Some(COLOURS as u8),
                palette: own_palette.clone(),
                buffer: Cow::Borrowed(&changes),
                ..Default::default()
            };
            film.as_mut().map_or(Ok(()), |film| film.write_frame(&frame))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_shows_its_pictures_one_after_the_other_however_many() {
        let length = 2 * SCENE + 5;
        // A square that moves over a fixed background, in other colours later on.
        let pictures: Vec<_> = (0..length)
            .map(|at| {
                let late = if at < SCENE { 0 } else { 60 };
                let [ground, square] = [Rgba([200 - late, 30, 30, 255]), Rgba([30, 200, 30 + late, 255])];
                RgbaImage::from_fn(12, 8, |x, _| if x as usize / 4 == at % 3 { square } else { ground })
            })
            .collect();
        let bytes = encode(pictures.iter().cloned()).unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::Indexed);
        let mut film = options.read_info(&bytes[..]).unwrap();
        let whole = film.global_palette().unwrap().to_vec();
        let (mut shown, mut canvas) = (0, vec![[0; 3]; 12 * 8]);
        while let Some(frame) = film.read_next_frame().unwrap() {
            let palette = frame.palette.as_ref().unwrap_or(&whole);
            for (pixel, index) in canvas.iter_mut().zip(frame.buffer.iter()) {
                if frame.transparent != Some(*index) {
                    pixel.copy_from_slice(&palette[3 * usize::from(*index)..][..3]);
                }
            }
            for (colour, pixel) in canvas.iter().zip(pictures[shown].pixels()) {
                let apart = colour.iter().zip(pixel.0).map(|(one, other)| one.abs_diff(other)).max();
                assert!(apart < Some(12), "picture {shown}: {colour:?} is not {pixel:?}");
            }
            shown += 1;
        }
        assert_eq!(shown, length);
    }
}
