package io.github.loopthread;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import io.github.loopthread.TaskRegistry.Admission;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TaskRegistry}.
 */
@Timeout(60)
class TaskRegistryTests {

	@Test
	void admitsUpToLimit() {
		TaskRegistry registry = new TaskRegistry(2, () -> null);
		LoopTask<?> first = task();
		assertThat(registry.admit(first, null)).isEqualTo(Admission.ADMITTED);
		assertThat(registry.admit(task(), null)).isEqualTo(Admission.ADMITTED);
		assertThat(registry.admit(task(), null)).isEqualTo(Admission.FULL);
		registry.release(first);
		assertThat(registry.admit(task(), null)).isEqualTo(Admission.ADMITTED);
		assertThat(registry.size()).isEqualTo(2);
	}

	@Test
	void givesPermitBackOnce() {
		TaskRegistry registry = new TaskRegistry(1, () -> null);
		LoopTask<?> task = task();
		registry.admit(task, null);
		registry.release(task);
		registry.release(task);
		assertThat(registry.admit(task(), null)).isEqualTo(Admission.ADMITTED);
		assertThat(registry.admit(task(), null)).isEqualTo(Admission.FULL);
	}

	@Test
	void isDrainedWhenClosedAndEmpty() {
		TaskRegistry registry = new TaskRegistry(2, () -> null);
		LoopTask<?> task = task();
		registry.admit(task, null);
		registry.close();
		assertThat(registry.admit(task(), null)).isEqualTo(Admission.CLOSED);
		assertThat(registry.drained()).isNotDone();
		registry.release(task);
		assertThat(registry.drained()).isDone();
	}

	@Test
	void isDrainedAtOnceWhenClosedWithoutTask() {
		TaskRegistry closed = new TaskRegistry(2, () -> null);
		assertThat(closed.drained()).isNotDone();
		closed.close();
		assertThat(closed.drained()).isDone();
		TaskRegistry closedToForks = new TaskRegistry(2, () -> null);
		closedToForks.closeToForks();
		assertThat(closedToForks.drained()).isDone();
	}

	@Test
	void admitsForksOfOpenScopesUntilItIsClosedToThem() {
		TaskRegistry registry = new TaskRegistry(10, () -> null);
		LoopScope scope = scope();
		assertThat(registry.add(scope)).isTrue();
		registry.close();
		assertThat(registry.add(scope())).isFalse();
		assertThat(registry.openScopes()).isOne();
		assertThat(registry.admit(task(), scope())).isEqualTo(Admission.CLOSED);
		LoopTask<?> fork = task();
		assertThat(registry.admit(fork, scope)).isEqualTo(Admission.ADMITTED);
		registry.release(fork);
		assertThat(registry.drained()).isNotDone();
		registry.closeToForks();
		registry.close();
		assertThat(registry.admit(task(), scope)).isEqualTo(Admission.CLOSED);
		assertThat(registry.drained()).isNotDone();
		registry.remove(scope);
		assertThat(registry.drained()).isDone();
		assertThat(registry.openScopes()).isZero();
	}

	@Test
	@Tag("stress")
	void taskThatRacesWithCloseIsRefusedOrInTheList() throws Exception {
		for (int round = 0; round < 2000; round++) {
			TaskRegistry registry = new TaskRegistry(10, () -> null);
			CyclicBarrier barrier = new CyclicBarrier(2);
			AtomicInteger admitted = new AtomicInteger();
			Thread caller = new Thread(() -> {
				awaitBarrier(barrier);
				if (registry.admit(task(), null) == Admission.ADMITTED) {
					admitted.incrementAndGet();
				}
			});
			caller.start();
			awaitBarrier(barrier);
			registry.close();
			List<LoopTask<?>> seen = new ArrayList<>();
			registry.forEach(seen::add);
			caller.join(20_000);
			assertThat(seen.size()).isGreaterThanOrEqualTo(admitted.get());
			assertThat(registry.size()).isEqualTo(admitted.get());
		}
	}

	private static LoopTask<?> task() {
		return new LoopTask<>(Mono.never(), TaskOrigin.internal("unnamed", Deadline.after(null)),
				TaskHome.unlisted(Runnable::run), null);
	}

	private static LoopScope scope() {
		return new LoopScope((ForkHost) LoopOperations.direct(), TaskOptions.UNNAMED);
	}

	private static void awaitBarrier(CyclicBarrier barrier) {
		try {
			barrier.await(20, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

}
