package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;

import io.netty.util.concurrent.EventExecutor;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ResourceStack} on an executor that stands in for the loop and dies at
 * the worst moment.
 */
class ResourceStackTests {

	private static final Duration TIMEOUT = Duration.ofMillis(50);

	private final AtomicReference<Executor> loop = new AtomicReference<>(Runnable::run);

	private final Queue<String> closed = new ConcurrentLinkedQueue<>();

	private final ResourceStack resources = new ResourceStack(new LoopThread(LoopSettings.defaults(), List.of()),
			loopThat((task) -> this.loop.get().execute(task)));

	@Test
	void loopThatDiesWhileItIsWaitedForLeavesNothingOpen() {
		this.resources.open(resource("first"), Duration.ofSeconds(10));
		this.resources.open(resource("second"), Duration.ofSeconds(10));
		this.resources.open(resource("third"), Duration.ofSeconds(10));
		// Stuck when asked to close the third, dead when that is put off
		this.loop.set((task) -> this.loop.set(ResourceStackTests::reject));
		this.resources.closeAll(TIMEOUT);
		assertThat(this.closed).containsExactlyInAnyOrder("third", "second", "first");
	}

	@Test
	void loopThatIsDeadAlreadyLeavesNothingOpen() {
		this.resources.open(resource("first"), Duration.ofSeconds(10));
		this.resources.open(resource("second"), Duration.ofSeconds(10));
		this.loop.set(ResourceStackTests::reject);
		this.resources.closeAll(TIMEOUT);
		assertThat(this.closed).containsExactly("second", "first");
	}

	private LoopResource<String> resource(String name) {
		return LoopResource.of(name, (loop) -> Mono.just(name),
				(value) -> Mono.fromRunnable(() -> this.closed.add(value)));
	}

	private static EventExecutor loopThat(Executor executes) {
		EventExecutor loop = mock(EventExecutor.class);
		willAnswer((call) -> {
			executes.execute(call.getArgument(0));
			return null;
		}).given(loop).execute(any());
		return loop;
	}

	private static void reject(Runnable task) {
		throw new RejectedExecutionException("dead");
	}

}
