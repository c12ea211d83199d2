use glam::DVec2;

use super::ViewState;

/// A rectangle of output pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub struct Rect {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Rect {
    /// Its middle, in output pixels.
    pub(super) fn middle(self) -> DVec2 {
        DVec2::new(self.x.into(), self.y.into()) + DVec2::new(self.width.into(), self.height.into()) / 2.0
    }

    /// The pixels that are in both, if there are any.
    pub fn intersection(self, other: Rect) -> Option<Rect> {
        let (left, top) = (self.x.max(other.x), self.y.max(other.y));
        let right = (self.x + self.width).min(other.x + other.width);
        let bottom = (self.y + self.height).min(other.y + other.height);
        (left < right && top < bottom).then(|| Rect {
            x: left,
            y: top,
            width: right - left,
            height: bottom - top,
        })
    }

    /// What of it lies in a part of the picture, counted from the part's left upper corner; `None` if nothing does.
    pub(super) fn in_part(self, part: Rect) -> Option<Rect> {
        self.intersection(part).map(|common| Rect {
            x: common.x - part.x,
            y: common.y - part.y,
            ..common
        })
    }

    /// The smallest rectangle that holds both.
    pub fn union(self, other: Rect) -> Rect {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Rect {
            x,
            y,
            width: (self.x + self.width).max(other.x + other.width) - x,
            height: (self.y + self.height).max(other.y + other.height) - y,
        }
    }
}

/// Where in the plane one looks, and how closely. All panels of a montage share it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Camera {
    /// The whole plane, as large as it fits, voxels with their physical aspect.
    Fit,
    /// One output pixel per voxel along both axes, the plane's centre in the middle.
    OnePixelPerVoxel,
    /// A given place.
    At {
        /// Plane position (u, v) in voxels shown in the middle of the panel; voxel centres are at +0.5.
        center: [f64; 2],
        /// Output pixels per voxel along u; along v it is this times the aspect, or the same if `is_square`.
        zoom: f64,
        /// Draws voxels square, whatever their physical aspect.
        is_square: bool,
    },
}

/// Bounds of zoom, in output pixels per voxel.
const ZOOM_RANGE: std::ops::RangeInclusive<f64> = 1e-3..=256.0;

impl ViewState {
    /// Centre (u, v) in voxels and output pixels per voxel along u and v, in a panel of this size.
    pub fn resolve_camera(&self, panel: Rect) -> ([f64; 2], [f64; 2]) {
        let size = self.plane_size().map(|n| n as f64);
        let middle = [size[0] / 2.0, size[1] / 2.0];
        let aspect = self.aspect();
        match self.camera {
            Camera::Fit => {
                let zoom = (f64::from(panel.width) / size[0]).min(f64::from(panel.height) / (size[1] * aspect));
                (middle, [zoom, zoom * aspect])
            }
            Camera::OnePixelPerVoxel => (middle, [1.0, 1.0]),
            Camera::At {
                center,
                zoom,
                is_square,
            } => (center, [zoom, if is_square { zoom } else { zoom * aspect }]),
        }
    }

    /// Plane position (u, v) in voxels at an output pixel position in a panel.
    pub fn uv_from_px(&self, panel: Rect, px: [f64; 2]) -> [f64; 2] {
        let (center, scale) = self.resolve_camera(panel);
        (DVec2::from(center) + (DVec2::from(px) - panel.middle()) / DVec2::from(scale)).into()
    }

    /// Output pixel position in a panel of a plane position (u, v) in voxels.
    pub fn px_from_uv(&self, panel: Rect, uv: [f64; 2]) -> [f64; 2] {
        let (center, scale) = self.resolve_camera(panel);
        (panel.middle() + (DVec2::from(uv) - DVec2::from(center)) * DVec2::from(scale)).into()
    }

    /// The voxel (z, y, x) shown at an output pixel position in a panel, if it is inside the volume.
    pub fn voxel_from_px(&self, panel: Rect, px: [f64; 2]) -> Option<[u64; 3]> {
        let uv = self.uv_from_px(panel, px);
        let size = self.plane_size();
        if !(0..2).all(|i| uv[i] >= 0.0 && uv[i] < size[i] as f64) {
            return None;
        }
        Some(self.voxel_from_uv(uv.map(|place| place as u64)))
    }

    /// Zooms by a factor and keeps the place under `px` where it is.
    pub fn zoom_at(&mut self, panel: Rect, px: [f64; 2], factor: f64) {
        let (center, scale) = self.resolve_camera(panel);
        if !(scale[0] * factor).is_normal() {
            return; // a panel without pixels
        }
        let fixed = DVec2::from(self.uv_from_px(panel, px));
        let zoom = (scale[0] * factor).clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end());
        let change = scale[0] / zoom;
        self.camera = Camera::At {
            center: fixed.lerp(center.into(), change).into(),
            zoom,
            is_square: self.is_square(),
        };
    }

    /// Moves the picture by output pixels; the plane never leaves the panel entirely.
    pub fn pan(&mut self, panel: Rect, by_px: [f64; 2]) {
        let (center, scale) = self.resolve_camera(panel);
        if !scale[0].is_normal() {
            return; // a panel without pixels
        }
        let size = DVec2::from(self.plane_size().map(|n| n as f64));
        let moved = DVec2::from(center) - DVec2::from(by_px) / DVec2::from(scale);
        self.camera = Camera::At {
            center: moved.clamp(DVec2::ZERO, size).into(),
            zoom: scale[0],
            is_square: self.is_square(),
        };
    }

    /// One output pixel per voxel along u, with the physical aspect, keeping the place in the middle.
    pub fn zoom_one_to_one(&mut self, panel: Rect) {
        let (center, _) = self.resolve_camera(panel);
        self.camera = Camera::At {
            center,
            zoom: 1.0,
            is_square: false,
        };
    }

    /// Shows the box between two positions (u, v) of the plane, in voxels, as large as it fits, in the middle.
    pub fn zoom_to(&mut self, panel: Rect, uv_a: [f64; 2], uv_b: [f64; 2]) {
        let (a, b) = (DVec2::from(uv_a), DVec2::from(uv_b));
        // Of one voxel along u; along v it is `aspect` times as many pixels.
        let aspect = if self.is_square() { 1.0 } else { self.aspect() };
        let size = (b - a).abs() * DVec2::new(1.0, aspect);
        let zoom = (f64::from(panel.width) / size.x).min(f64::from(panel.height) / size.y);
        if !(zoom.is_normal() && (a + b).is_finite()) {
            return; // a panel without pixels, or a box without a side
        }
        self.camera = Camera::At {
            center: ((a + b) / 2.0).into(),
            zoom: zoom.clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end()),
            is_square: self.is_square(),
        };
    }

    /// Makes the plane as wide as the panel. What is above and below it then stays out of sight: the place in the
    /// middle is kept as far as that goes.
    pub fn fit_width(&mut self, panel: Rect) {
        let size = self.plane_size().map(|n| n as f64);
        let zoom = f64::from(panel.width) / size[0];
        if !zoom.is_normal() {
            return; // a panel without pixels
        }
        let zoom = zoom.clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end());
        let ([_, v], _) = self.resolve_camera(panel);
        let half = f64::from(panel.height) / (zoom * self.aspect()) / 2.0;
        let v = if 2.0 * half < size[1] {
            v.clamp(half, size[1] - half)
        } else {
            size[1] / 2.0
        };
        self.camera = Camera::At {
            center: [size[0] / 2.0, v],
            zoom,
            is_square: false,
        };
    }

    fn is_square(&self) -> bool {
        match self.camera {
            Camera::Fit => false,
            Camera::OnePixelPerVoxel => true,
            Camera::At { is_square, .. } => is_square,
        }
    }
}
