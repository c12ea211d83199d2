//! The reductions through criterion: the same kernels and data as `microtome bench`, each checked against the CPU before it
//! is timed, by the wall clock.
//!
//!     cargo bench --bench reductions -- 'minmax/uint16'
//!
//! `MICROTOME_BENCH_MIB` says how large the volumes are: 64 MiB where it says nothing.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use microtome::gpu::{AdapterChoice, Gpu};
use microtome::reduce::bench::{Kernel, Pattern, SAMPLE_TYPES, Stopwatch, Subject, kernels, naive};
use microtome::session::upload_kernels;

fn reductions(criterion: &mut Criterion) {
    let gpu = match Gpu::headless(&AdapterChoice::from_env()) {
        Ok(gpu) => gpu,
        Err(error) => {
            println!("not measured: {error}");
            return;
        }
    };
    println!("adapter: {}", gpu.describe());
    let mib: u64 = match std::env::var("MICROTOME_BENCH_MIB") {
        Ok(text) => text.parse().expect("MICROTOME_BENCH_MIB is a number of MiB"),
        Err(_) => 64,
    };
    let stopwatch = Stopwatch::new(&gpu).expect("the adapter works");
    let kernels: Vec<Kernel> = kernels().into_iter().chain(upload_kernels()).chain([naive()]).collect();
    for sample_type in SAMPLE_TYPES {
        for pattern in Pattern::ALL {
            let subject = Subject::new(&gpu, sample_type, pattern, mib << 20).expect("the volume fits the adapter");
            for kernel in kernels.iter().filter(|kernel| kernel.is_for(sample_type)) {
                let mut group = criterion.benchmark_group(&kernel.name);
                group.sample_size(10).measurement_time(Duration::from_secs(2));
                group.throughput(Throughput::Bytes(subject.voxels.len() as u64));
                let id = BenchmarkId::new(sample_type.dtype(), pattern);
                // Prepared and checked only where the filter on the command line lets it run.
                group.bench_with_input(id, &subject, |bencher, subject| {
                    let mut contender = kernel.prepare(&gpu, subject).expect("the adapter can do it");
                    let found = contender.find(&gpu, subject).expect("the adapter works");
                    subject.check(&kernel.name, &found).expect("the GPU and the CPU agree");
                    bencher.iter(|| contender.run(&stopwatch, subject).expect("the adapter works"));
                });
                group.finish();
            }
        }
    }
}

criterion_group!(benches, reductions);
criterion_main!(benches);
