use super::Gpu;

/// What a drawing pass differs in from the next; every one draws triangles with `vs_main` and `fs_main` into one
/// colour target, without depth or multisampling.
pub struct DrawingPipeline<'a> {
    /// For debuggers.
    pub label: &'a str,
    /// The compiled shader.
    pub module: &'a wgpu::ShaderModule,
    /// Of its bindings; `None` takes it from the shader.
    pub layout: Option<&'a wgpu::PipelineLayout>,
    /// Of its vertices, where it has any.
    pub vertices: Option<wgpu::VertexBufferLayout<'a>>,
    /// Values of the shader's overrides.
    pub constants: &'a [(&'a str, f64)],
    /// Format of the target.
    pub target: wgpu::TextureFormat,
    /// How it joins what is there; `None` replaces it.
    pub blend: Option<wgpu::BlendState>,
}

impl DrawingPipeline<'_> {
    /// Compiles it.
    pub fn create(&self, gpu: &Gpu) -> wgpu::RenderPipeline {
        let compilation_options = wgpu::PipelineCompilationOptions {
            constants: self.constants,
            ..Default::default()
        };
        let vertices = [self.vertices.clone()];
        gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(self.label),
            layout: self.layout,
            vertex: wgpu::VertexState {
                module: self.module,
                entry_point: Some("vs_main"),
                compilation_options: compilation_options.clone(),
                buffers: if self.vertices.is_some() { &vertices } else { &[] },
            },
            primitive: Default::default(),
            depth_stencil: None,
            multisample: Default::default(),
            fragment: Some(wgpu::FragmentState {
                module: self.module,
                entry_point: Some("fs_main"),
                compilation_options,
                targets: &[Some(wgpu::ColorTargetState {
                    format: self.target,
                    blend: self.blend,
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}
