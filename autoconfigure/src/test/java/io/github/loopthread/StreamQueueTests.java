package io.github.loopthread;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link StreamQueue}.
 */
@Timeout(60)
class StreamQueueTests {

	private final StreamQueue<ByteBuf> queue = new StreamQueue<>();

	private final ByteBuf element = Unpooled.buffer(8);

	@Test
	void hasWhatWasPutUntilItIsTaken() {
		assertThat(this.queue.isEmpty()).isTrue();
		this.queue.put(this.element);
		assertThat(this.queue.isEmpty()).isFalse();
		assertThat(this.queue.poll()).isSameAs(this.element);
		assertThat(this.queue.poll()).isNull();
		assertThat(this.element.release()).isTrue();
	}

	@Test
	void releasesWhatItHasWhenItIsClosed() {
		this.queue.put(this.element);
		assertThat(this.element.refCnt()).isOne();
		this.queue.close();
		assertThat(this.element.refCnt()).isZero();
		assertThat(this.queue.isEmpty()).isTrue();
	}

	@Test
	void releasesWhatComesWhenItHasBeenClosed() {
		this.queue.close();
		this.queue.put(this.element);
		assertThat(this.element.refCnt()).isZero();
		assertThat(this.queue.isEmpty()).isTrue();
	}

	@Test
	void elementAndCloseWakeReader() throws Exception {
		assertIsWokenBy(() -> this.queue.put(this.element));
		this.queue.await(Long.MAX_VALUE);
		assertThat(this.queue.poll()).isSameAs(this.element);
		assertIsWokenBy(this.queue::close);
		this.queue.await(Long.MAX_VALUE);
		assertThat(this.element.release()).isTrue();
	}

	private void assertIsWokenBy(Runnable action) throws InterruptedException {
		CountDownLatch woken = new CountDownLatch(1);
		Thread reader = new Thread(() -> {
			this.queue.await(TimeUnit.SECONDS.toNanos(50));
			woken.countDown();
		});
		assertThat(this.queue.isWaitedFor()).isFalse();
		reader.start();
		await().until(() -> this.queue.isWaitedFor() && reader.getState() == Thread.State.TIMED_WAITING);
		action.run();
		assertThat(woken.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(this.queue.isWaitedFor()).isFalse();
	}

}
