//! The reductions through criterion: the same cases as `microtome bench`, each checked against the CPU before it is
//! timed.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use microtome::gpu::{AdapterChoice, Gpu};
use microtome::reduce::bench::{Kernel, Prepared, SAMPLE_TYPES};

const BYTES: u64 = 64 << 20;

fn reductions(criterion: &mut Criterion) {
    let gpu = match Gpu::headless(&AdapterChoice::from_env()) {
        Ok(gpu) => gpu,
        Err(error) => {
            println!("not measured: {error}");
            return;
        }
    };
    println!("adapter: {}", gpu.describe());
    for kernel in Kernel::ALL {
        let mut group = criterion.benchmark_group(kernel.name());
        group.sample_size(10);
        for sample_type in SAMPLE_TYPES {
            let prepared = Prepared::new(&gpu, kernel, sample_type, BYTES).expect("64 MiB fit the adapter");
            prepared.check(&gpu).expect("the GPU and the CPU agree");
            group.throughput(Throughput::Bytes(prepared.bytes()));
            group.bench_with_input(
                BenchmarkId::from_parameter(sample_type),
                &prepared,
                |bencher, prepared| {
                    bencher.iter(|| prepared.run(&gpu).expect("the adapter works"));
                },
            );
        }
        group.finish();
    }
}

criterion_group!(benches, reductions);
criterion_main!(benches);
