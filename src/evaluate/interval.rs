//! 95% confidence intervals.

/// The 97.5th percentile of the normal distribution.
const Z: f64 = 1.959_964;

/// An estimate and its 95% confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Interval {
    /// As text: the estimate, and its bounds in brackets.
    pub fn format(self, format_number: impl Fn(f64) -> String) -> String {
        let [estimate, low, high] = [self.estimate, self.low, self.high].map(format_number);
        format!("{estimate} [{low}, {high}]")
    }
}

/// A share, 0 to 1, as text in percent.
pub fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// Formats numbers with `count` decimals.
pub fn decimals(count: usize) -> impl Fn(f64) -> String {
    move |number| format!("{number:.count$}")
}

/// The mean, with a normal interval from its standard error.
pub fn mean(numbers: impl Iterator<Item = f64> + Clone) -> Interval {
    let count = numbers.clone().count().max(1) as f64;
    let mean = numbers.clone().sum::<f64>() / count;
    let squares: f64 = numbers.map(|number| (number - mean).powi(2)).sum();
    let error = if count > 1.0 { (squares / (count - 1.0) / count).sqrt() } else { 0.0 };
    Interval { estimate: mean, low: mean - Z * error, high: mean + Z * error }
}

/// The share of `hits` among `count` independent trials, with a Wilson score interval, which is valid near 0 and 1 too.
pub fn rate(hits: u64, count: u64) -> Interval {
    wilson(hits as f64 / count.max(1) as f64, count as f64)
}

/// The share over episodes that each of `trainings` training seeds played, with a Wilson interval; `hits` is the number of
/// trainings hit in each episode. Trainings that play the same episode tend to fail together, so the number of trials is
/// reduced by the design effect, the ratio of the found to the independent variance.
pub fn shared_rate(hits: &[u64], trainings: u64) -> Interval {
    let count = hits.len() as u64 * trainings;
    let share = hits.iter().sum::<u64>() as f64 / count.max(1) as f64;
    let mean = share * trainings as f64;
    let squares: f64 = hits.iter().map(|hits| (*hits as f64 - mean).powi(2)).sum();
    let independent = share * (1.0 - share) * trainings as f64;
    let found = squares / (hits.len() as f64 - 1.0).max(1.0);
    let design_effect = if independent > 0.0 { (found / independent).clamp(1.0, trainings as f64) } else { 1.0 };
    wilson(share, count as f64 / design_effect)
}

/// The Wilson score interval of a share among `n` independent trials.
fn wilson(share: f64, n: f64) -> Interval {
    let n = n.max(1.0);
    let scale = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
    let (low, high) = (centre - half, centre + half);
    // At 0 and 1 the formula misses the exact bound by a rounding error.
    Interval { estimate: share, low: if share <= 0.0 { 0.0 } else { low }, high: if share >= 1.0 { 1.0 } else { high } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wilson_interval_has_its_textbook_values() {
        let interval = rate(10, 100);
        assert!((interval.low - 0.0552).abs() < 1e-4 && (interval.high - 0.1744).abs() < 1e-4, "{interval:?}");
        assert_eq!((rate(0, 400).low, rate(400, 400).high), (0.0, 1.0));
        assert!((rate(0, 400).high - 0.0095).abs() < 1e-4);
    }

    #[test]
    fn trainings_that_fail_together_count_as_one_and_others_separately() {
        // One training: the plain interval.
        let alone: Vec<_> = (0..100).map(|episode| u64::from(episode < 10)).collect();
        assert_eq!(shared_rate(&alone, 1), rate(10, 100));
        // Four that always fail in the same episodes count as one.
        let together: Vec<_> = alone.iter().map(|hits| 4 * hits).collect();
        assert_eq!(shared_rate(&together, 4), rate(10, 100));
        // Two that fail in different episodes count as two.
        let apart: Vec<_> = (0..100).map(|episode| u64::from(episode < 20)).collect();
        assert_eq!(shared_rate(&apart, 2), rate(20, 200));
        assert_eq!(shared_rate(&[0; 200], 2), rate(0, 400));
    }

    #[test]
    fn the_mean_has_the_interval_of_its_standard_error() {
        let interval = mean([1.0, 2.0, 3.0, 4.0].into_iter());
        let error = (5.0_f64 / 3.0 / 4.0).sqrt();
        assert!((interval.estimate - 2.5).abs() < 1e-12);
        assert!((interval.high - 2.5 - 1.96 * error).abs() < 1e-4);
    }
}
