package io.github.loopthread.redis;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.lettuce.core.resource.DefaultClientResources;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.ScheduledFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link CurrentEventExecutor} as Lettuce finds it in its client resources.
 */
@Timeout(60)
class CurrentEventExecutorTests {

	private final LettuceLoopResource resource = new LettuceLoopResource(this::loopThread);

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(this.resource));

	private final EventExecutorGroup executor = executor();

	@AfterEach
	void stop() {
		this.loopThread.stop();
	}

	@Test
	void executesOnLoopThatRunsAndAtOnceWhenNoneDoes() throws Exception {
		this.loopThread.start();
		assertThat(threadOfTask()).isEqualTo("loop-1");
		this.loopThread.stop();
		assertThat(threadOfTask()).isEqualTo(Thread.currentThread().getName());
		this.loopThread.start();
		assertThat(threadOfTask()).isEqualTo("loop-2");
	}

	@Test
	void whatRepeatsGoesOnAfterRestart() throws Exception {
		this.loopThread.start();
		BlockingQueue<String> threads = new LinkedBlockingQueue<>();
		ScheduledFuture<?> repeated = this.executor
			.scheduleAtFixedRate(() -> threads.add(Thread.currentThread().getName()), 1, 1, TimeUnit.MILLISECONDS);
		assertThat(threads.poll(5, TimeUnit.SECONDS)).isEqualTo("loop-1");
		this.loopThread.stop();
		threads.clear();
		this.loopThread.start();
		assertThat(threads.poll(5, TimeUnit.SECONDS)).isEqualTo("loop-2");
		assertThat(repeated.cancel(false)).isTrue();
		this.loopThread.stop();
		threads.clear();
		this.loopThread.start();
		assertThat(threadOfTask()).isEqualTo("loop-3");
		assertThat(threads.poll(50, TimeUnit.MILLISECONDS)).isNull();
	}

	@Test
	void whatRepeatsAsksForNoLoopAndBeginsWhenOneRuns() throws Exception {
		BlockingQueue<String> threads = new LinkedBlockingQueue<>();
		this.executor.scheduleAtFixedRate(() -> threads.add(Thread.currentThread().getName()), 1, 1,
				TimeUnit.MILLISECONDS);
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.NEW);
		this.loopThread.start();
		assertThat(threads.poll(5, TimeUnit.SECONDS)).isEqualTo("loop-1");
	}

	@Test
	void whatFailsIsNotRepeated() {
		this.loopThread.start();
		ScheduledFuture<?> repeated = this.executor.scheduleWithFixedDelay(() -> {
			throw new IllegalStateException("not again");
		}, 1, 1, TimeUnit.MILLISECONDS);
		await().atMost(Duration.ofSeconds(5)).until(repeated::isDone);
		assertThat(repeated.cause()).hasMessage("not again");
	}

	@Test
	void nobodyButLoopThreadEndsTheLoop() throws Exception {
		this.loopThread.start();
		this.executor.shutdownGracefully().await();
		this.loopThread.eventLoopGroup();
		assertThat(threadOfTask()).isEqualTo("loop-1");
		assertThat(this.executor.isShuttingDown()).isFalse();
	}

	@Test
	void schedulesOnlyWhileLoopRuns() {
		this.loopThread.start();
		this.loopThread.stop();
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> this.executor.schedule(() -> "late", 1, TimeUnit.MILLISECONDS));
	}

	private String threadOfTask() throws Exception {
		CompletableFuture<String> thread = new CompletableFuture<>();
		this.executor.execute(() -> thread.complete(Thread.currentThread().getName()));
		return thread.get(5, TimeUnit.SECONDS);
	}

	private LoopThread loopThread() {
		return this.loopThread;
	}

	private EventExecutorGroup executor() {
		DefaultClientResources.Builder builder = DefaultClientResources.builder();
		this.resource.applyTo(builder);
		DefaultClientResources resources = builder.build();
		resources.shutdown();
		return resources.eventExecutorGroup();
	}

}
