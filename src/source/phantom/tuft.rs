//! The tuft of a glomerulus: loops of capillaries, crowded into a ball.

use super::field::{Chain, Segment, distance, segments};
use super::layout::Tube;
use super::random::Random;
use super::stain::Kind;

/// Capillary loops of all glomeruli among the tubes.
pub(super) fn loops(tubes: &[Tube]) -> Vec<Chain> {
    let mut random = Random::new(31);
    let mut loops = Vec::new();
    for ball in tubes.iter().filter(|t| t.kind == Kind::Glomerulus) {
        fill(&mut random, &ball.chain, &mut loops);
    }
    loops
}

fn fill(random: &mut Random, ball: &Chain, loops: &mut Vec<Chain>) {
    const TRIES: usize = 4000;
    const FIRST_Z: f32 = -8.0;
    const LAST_Z: f32 = 24.0;
    let middle = [0, 1, 2].map(|i| 0.5 * (ball.points[0][i] + ball.points[1][i]));
    let reach = ball.radius + 6.0;
    let core = segments(&ball.points);
    let mut placed: Vec<(Vec<Segment>, f32)> = Vec::new();
    for _ in 0..TRIES {
        let [dx, dy] = [random.range(-reach, reach), random.range(-reach, reach)];
        let centre = [middle[0] + dx, middle[1] + dy, random.range(FIRST_Z, LAST_Z)];
        let radius = random.range(3.2, 5.6);
        let (along, aside) = (random.direction(), random.direction());
        let (half, bend) = (random.range(4.0, 12.0), random.range(2.0, 7.0));
        if distance(&core, centre) > ball.radius - 4.0 {
            continue;
        }
        let point = |t: f32| [0, 1, 2].map(|i| centre[i] + along[i] * half * t + aside[i] * bend * (1.0 - t * t));
        let points = vec![point(-1.0), point(0.0), point(1.0)];
        let is_free = placed.iter().all(|(other, other_radius)| {
            let near = (radius + other_radius) * 0.80;
            points.iter().all(|p| distance(other, *p) > near)
        });
        if is_free {
            placed.push((segments(&points), radius));
            loops.push(Chain { points, radius });
        }
    }
}
