use bytemuck::Pod;

/// `value` rounded up to a multiple of `alignment`, which is not 0.
pub fn align_up(value: u64, alignment: u64) -> u64 {
    value.div_ceil(alignment) * alignment
}

/// Uniform structs of one kind for a batch of draws or dispatches, in one buffer, picked by dynamic offset.
pub struct UniformBatch<T> {
    bytes: Vec<u8>,
    stride: u64,
    kind: std::marker::PhantomData<T>,
}

impl<T: Pod> UniformBatch<T> {
    /// An empty batch, laid out as this device wants dynamic offsets.
    pub fn new(device: &wgpu::Device) -> Self {
        let alignment = u64::from(device.limits().min_uniform_buffer_offset_alignment);
        Self {
            bytes: Vec::new(),
            stride: align_up(size_of::<T>() as u64, alignment),
            kind: std::marker::PhantomData,
        }
    }

    /// Adds a struct and returns its dynamic offset.
    pub fn push(&mut self, value: &T) -> u32 {
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(bytemuck::bytes_of(value));
        self.bytes.resize(offset + self.stride as usize, 0);
        offset as u32
    }

    /// The buffer with all structs; none if nothing was pushed.
    pub fn finish(self, device: &wgpu::Device, label: &str) -> Option<wgpu::Buffer> {
        use wgpu::util::DeviceExt;
        (!self.bytes.is_empty()).then(|| {
            device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some(label),
                contents: &self.bytes,
                usage: wgpu::BufferUsages::UNIFORM,
            })
        })
    }

    /// The binding of one struct: offset 0, to be moved by the dynamic offset.
    pub fn binding(buffer: &wgpu::Buffer) -> wgpu::BindingResource<'_> {
        wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer,
            offset: 0,
            size: wgpu::BufferSize::new(size_of::<T>() as u64),
        })
    }

    /// The layout entry that fits [`UniformBatch::binding`].
    pub fn layout_entry(binding: u32, visibility: wgpu::ShaderStages) -> wgpu::BindGroupLayoutEntry {
        wgpu::BindGroupLayoutEntry {
            binding,
            visibility,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: true,
                min_binding_size: wgpu::BufferSize::new(size_of::<T>() as u64),
            },
            count: None,
        }
    }
}
