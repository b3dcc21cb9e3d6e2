//! The burn-up as an inline SVG.

use super::data::Day;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const BOTTOM: f64 = 24.0;

type Value = fn(&Day) -> usize;

/// Lines for settled items and verified features and tests, day by day, scaled
/// to the highest value.
pub(super) fn burn_up(days: &[Day]) -> String {
    let top = days
        .iter()
        .map(|day| day.settled.max(day.features).max(day.tests))
        .max()
        .unwrap_or(0)
        .max(1);
    let numbers: Vec<f64> = days.iter().map(|day| day_number(&day.date)).collect();
    let first = numbers.first().copied().unwrap_or(0.0);
    let span = (numbers.last().copied().unwrap_or(0.0) - first).max(1.0);
    let x = |number: f64| LEFT + (number - first) / span * (WIDTH - LEFT - 10.0);
    let y = |value: usize| 10.0 + (1.0 - value as f64 / top as f64) * (HEIGHT - BOTTOM - 10.0);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"Burn-up\">\n\
         <line class=\"axis\" x1=\"{LEFT}\" y1=\"{0:.1}\" x2=\"{WIDTH}\" y2=\"{0:.1}\"/>\n\
         <text x=\"0\" y=\"18\">{top}</text><text x=\"0\" y=\"{0:.1}\">0</text>\n",
        y(0)
    );
    let lines: [(&str, Value); 3] = [
        ("settled", |day| day.settled),
        ("tests", |day| day.tests),
        ("features", |day| day.features),
    ];
    for (class, value) in lines {
        // One day alone still makes a line: it starts at zero.
        let mut points = vec![format!("{:.1},{:.1}", x(first), y(0))];
        points.extend(days.iter().zip(&numbers).map(|(day, at)| {
            let at = if days.len() == 1 { first + span } else { *at };
            format!("{:.1},{:.1}", x(at), y(value(day)))
        }));
        svg.push_str(&format!(
            "<polyline class=\"{class}\" points=\"{}\"/>\n",
            points.join(" ")
        ));
    }
    for (anchor, day) in [("start", days.first()), ("end", days.last())] {
        let Some(day) = day else { continue };
        let at = if anchor == "start" { LEFT } else { WIDTH };
        svg.push_str(&format!(
            "<text x=\"{at}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>\n",
            HEIGHT - 6.0,
            day.date
        ));
    }
    svg.push_str("</svg>\n");
    svg
}

/// Days since year 0 for `2026-02-20`, so that gaps between days show.
fn day_number(date: &str) -> f64 {
    let mut parts = date.split('-').map(|part| part.parse::<i64>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let (year, month, day) = (next(), next(), next());
    // Months counted from March, so that the leap day comes last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    days as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_across_months_and_leap_years() {
        let between = |a, b| day_number(b) - day_number(a);
        assert_eq!(between("2024-02-28", "2024-03-01"), 2.0);
        assert_eq!(between("2025-02-28", "2025-03-01"), 1.0);
        assert_eq!(between("2025-12-31", "2026-01-01"), 1.0);
    }
}
