use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use super::{Caps, GpuError, Tuning};

/// Which adapter to use, and with what bounds.
#[derive(Clone, Debug, Default)]
pub struct AdapterChoice {
    /// Part of the adapter's name, any case; `None` takes the fastest.
    pub name_part: Option<String>,
    /// Bytes of textures and staging together; `None` takes the default of [`Caps::of`].
    pub memory_bytes: Option<u64>,
    /// Bytes of main memory that are free, if known: adapters without memory of their own take at most half of it.
    pub free_main_memory_bytes: Option<u64>,
    /// Longest side of a tile in voxels, where smaller than the adapter's own limit: tests tile everything with it.
    pub max_tile: Option<u64>,
    /// Shapes of the reductions that were measured, by [`describe_adapter`]; the others take [`Tuning::of`].
    pub tunings: BTreeMap<String, Tuning>,
}

impl AdapterChoice {
    /// The choice the environment makes: `MICROTOME_ADAPTER` (part of a name), `MICROTOME_MAX_TILE` (voxels).
    pub fn from_env() -> Self {
        Self {
            name_part: std::env::var("MICROTOME_ADAPTER").ok().filter(|name| !name.is_empty()),
            memory_bytes: None,
            free_main_memory_bytes: None,
            max_tile: std::env::var("MICROTOME_MAX_TILE")
                .ok()
                .and_then(|text| text.parse().ok())
                .filter(|&n| n > 0),
            tunings: BTreeMap::new(),
        }
    }
}

/// Bytes of textures and staging that are used where nobody says anything else.
pub(super) const DEFAULT_BUDGET_BYTES: u64 = 8 << 30;

impl AdapterChoice {
    /// The memory budget that any adapter will have at least: what is known before one was opened.
    pub fn least_budget_bytes(&self) -> u64 {
        let share = self.free_main_memory_bytes.map_or(u64::MAX, |free| free / 2);
        self.memory_bytes.unwrap_or(DEFAULT_BUDGET_BYTES.min(share))
    }
}

/// One graphics device: shared by the window, headless rendering, tests and benches.
pub struct Gpu {
    /// The instance; a window makes its surface from it.
    pub instance: wgpu::Instance,
    /// The adapter the device was made from.
    pub adapter: wgpu::Adapter,
    /// Name, backend, driver.
    pub info: wgpu::AdapterInfo,
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// Its limits.
    pub caps: Caps,
    /// The shape of the reductions.
    pub tuning: Tuning,
    failure: Arc<Mutex<Option<String>>>,
}

/// Where textures lie in main memory, what one image took is to be free for the next: wgpu keeps the last block of each
/// kind, and lets blocks grow to 64 MiB unless told otherwise. Elsewhere fewer and larger blocks are kinder to drivers.
fn memory_hints(caps: &Caps) -> wgpu::MemoryHints {
    const MIB: u64 = 1 << 20;
    match caps.shares_memory {
        true => wgpu::MemoryHints::Manual {
            suballocated_device_memory_block_size: 4 * MIB..8 * MIB,
        },
        false => wgpu::MemoryHints::MemoryUsage,
    }
}

impl Gpu {
    /// The instance every device of the program comes from.
    pub fn instance() -> wgpu::Instance {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
        // GL cannot do what is needed here (3D integer textures in compute); looking for it costs start-up time.
        if std::env::var_os("WGPU_BACKEND").is_none() {
            descriptor.backends = wgpu::Backends::PRIMARY;
        }
        // Validation layers of the driver, where installed, would slow a debug build tenfold: wgpu validates itself.
        descriptor.flags = wgpu::InstanceFlags::empty().with_env();
        wgpu::Instance::new(descriptor)
    }

    /// Every adapter there is, fastest kind first.
    pub async fn adapters(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
        let mut adapters = instance.enumerate_adapters(wgpu::Backends::all()).await;
        adapters.sort_by_key(|adapter| match adapter.get_info().device_type {
            wgpu::DeviceType::DiscreteGpu => 0,
            wgpu::DeviceType::IntegratedGpu => 1,
            wgpu::DeviceType::VirtualGpu => 2,
            wgpu::DeviceType::Other => 3,
            wgpu::DeviceType::Cpu => 4,
        });
        adapters
    }

    /// Opens the chosen adapter, one that can present to `surface` if given.
    ///
    /// # Errors
    /// If there is no such adapter or it gives no device.
    pub async fn open(
        instance: wgpu::Instance,
        choice: &AdapterChoice,
        surface: Option<&wgpu::Surface<'_>>,
    ) -> Result<Self, GpuError> {
        let adapter = Self::adapter(&instance, choice, surface).await?;
        Self::open_adapter(instance, adapter, choice).await
    }

    /// The adapter that is meant: one that can present to `surface` if given.
    async fn adapter(
        instance: &wgpu::Instance,
        choice: &AdapterChoice,
        surface: Option<&wgpu::Surface<'_>>,
    ) -> Result<wgpu::Adapter, GpuError> {
        let adapters = Self::adapters(instance).await;
        let found = || {
            let names: Vec<_> = adapters.iter().map(|adapter| adapter.get_info().name).collect();
            if names.is_empty() {
                "none (is a Vulkan, Metal or DirectX 12 driver installed?)".into()
            } else {
                names.join(", ")
            }
        };
        let part = choice.name_part.as_deref().unwrap_or("").to_lowercase();
        adapters
            .iter()
            .filter(|adapter| adapter.get_info().name.to_lowercase().contains(&part))
            .find(|adapter| surface.is_none_or(|surface| adapter.is_surface_supported(surface)))
            .ok_or_else(|| GpuError::NoAdapter {
                wanted: match (&choice.name_part, surface) {
                    (Some(name), _) => format!("named {name:?}"),
                    (None, Some(_)) => "that can show a window".into(),
                    (None, None) => "at all".into(),
                },
                found: found(),
            })
            .cloned()
    }

    async fn open_adapter(
        instance: wgpu::Instance,
        adapter: wgpu::Adapter,
        choice: &AdapterChoice,
    ) -> Result<Self, GpuError> {
        let info = adapter.get_info();
        let mut caps = Caps::of(&adapter);
        if let Some(max_tile) = choice.max_tile {
            caps.max_tile = caps.max_tile.min(max_tile);
        }
        let shares_main_memory = matches!(
            info.device_type,
            wgpu::DeviceType::Cpu | wgpu::DeviceType::IntegratedGpu
        );
        if let (true, Some(free)) = (shares_main_memory, choice.free_main_memory_bytes) {
            caps.memory_budget_bytes = caps.memory_budget_bytes.min(free / 2);
        }
        if let Some(bytes) = choice.memory_bytes {
            caps.memory_budget_bytes = bytes;
        }
        let measured = choice.tunings.get(&describe_adapter(&info)).copied();
        let tuning = measured
            .filter(|tuning| tuning.is_possible(&caps))
            .unwrap_or(Tuning::of(&caps));
        let mut optional = wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::SUBGROUP;
        if caps.shares_memory {
            optional |= wgpu::Features::MAPPABLE_PRIMARY_BUFFERS;
        }
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("microtome"),
                required_features: adapter.features() & optional,
                // Limits are what is requested, not what the card has.
                required_limits: adapter.limits(),
                memory_hints: memory_hints(&caps),
                ..Default::default()
            })
            .await
            .map_err(|error| GpuError::NoDevice {
                adapter: info.name.clone(),
                reason: error.to_string(),
            })?;

        let failure = Arc::new(Mutex::new(None));
        let record = {
            let failure = failure.clone();
            move |message: String| {
                log::error!("{message}");
                if let Ok(mut slot) = failure.lock() {
                    slot.get_or_insert(message);
                }
            }
        };
        device.on_uncaptured_error(Arc::new({
            let record = record.clone();
            move |error: wgpu::Error| record(error.to_string())
        }));
        let is_destroyed = failure.clone();
        device.set_device_lost_callback(move |reason, message| match reason {
            // Dropping the device, as at the end of the program, also comes here: nothing to log.
            wgpu::DeviceLostReason::Destroyed => {
                if let Ok(mut slot) = is_destroyed.lock() {
                    slot.get_or_insert_with(|| "it was destroyed".to_owned());
                }
            }
            wgpu::DeviceLostReason::Unknown => record(message),
        });
        Ok(Self {
            instance,
            adapter,
            info,
            device,
            queue,
            tuning,
            caps,
            failure,
        })
    }

    /// Opens the chosen adapter without a window, blocking.
    ///
    /// # Errors
    /// As [`Gpu::open`].
    pub fn headless(choice: &AdapterChoice) -> Result<Self, GpuError> {
        pollster::block_on(Self::open(Self::instance(), choice, None))
    }

    /// As [`Gpu::headless`], unless the chosen adapter is a software one: `None` then, and no device is made.
    ///
    /// # Errors
    /// As [`Gpu::open`].
    pub fn hardware(choice: &AdapterChoice) -> Result<Option<Self>, GpuError> {
        let instance = Self::instance();
        let adapter = pollster::block_on(Self::adapter(&instance, choice, None))?;
        if adapter.get_info().device_type == wgpu::DeviceType::Cpu {
            return Ok(None);
        }
        pollster::block_on(Self::open_adapter(instance, adapter, choice)).map(Some)
    }

    /// The first error the device reported outside any scope, if it did: pictures after it cannot be trusted.
    ///
    /// # Errors
    /// That error.
    pub fn check(&self) -> Result<(), GpuError> {
        match self.failure.lock().ok().and_then(|slot| slot.clone()) {
            Some(message) => Err(GpuError::Lost(message)),
            None => Ok(()),
        }
    }

    /// Name, backend and driver in one line.
    pub fn describe(&self) -> String {
        describe_adapter(&self.info)
    }

    /// Lets callbacks run without waiting.
    pub fn poll(&self) {
        // An error here is a lost device, which its own callback reports.
        let _ = self.device.poll(wgpu::PollType::Poll);
    }

    /// Waits for all submitted work. For the edges of the program only: command line, tests, benches.
    pub fn wait(&self) {
        let _ = self.device.poll(wgpu::PollType::wait_indefinitely());
    }

    /// Creates something with an out-of-memory scope around it.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`] with `what` and `bytes`.
    pub fn allocate<T>(&self, what: &str, bytes: u64, create: impl FnOnce() -> T) -> Result<T, GpuError> {
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let value = create();
        // Every native backend knows at once, and the answer is there when asked for; nothing is waited for where one
        // does not (a browser): an allocation that failed is then reported as the device's error.
        let answer = pin!(scope.pop()).poll(&mut Context::from_waker(Waker::noop()));
        match answer {
            Poll::Pending | Poll::Ready(None) => Ok(value),
            Poll::Ready(Some(_)) => Err(GpuError::OutOfMemory {
                what: what.into(),
                bytes,
            }),
        }
    }
}

/// Name, backend and driver of an adapter in one line.
pub fn describe_adapter(info: &wgpu::AdapterInfo) -> String {
    let driver = [info.driver.as_str(), info.driver_info.as_str()].join(" ");
    format!("{} ({:?}, {})", info.name, info.backend, driver.trim())
}
