package io.github.loopthread;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the loop thread until it is released.
 */
public final class LoopFreezer implements AutoCloseable {

	private final CountDownLatch release = new CountDownLatch(1);

	/**
	 * Return when the loop thread is held.
	 */
	public static LoopFreezer freeze(LoopThread loop) {
		LoopFreezer freezer = new LoopFreezer();
		CountDownLatch entered = new CountDownLatch(1);
		loop.eventLoopGroup().execute(() -> {
			entered.countDown();
			await(freezer.release);
		});
		assertThat(await(entered)).isTrue();
		return freezer;
	}

	/**
	 * Return when the loop thread is held and that is known, so that messages say so.
	 */
	static LoopFreezer freezeUntilNoticed(LoopThread loop) {
		LoopFreezer freezer = freeze(loop);
		try {
			Awaitility.await().until(() -> loop.blockedIn() != null);
		}
		catch (RuntimeException ex) {
			freezer.close();
			throw ex;
		}
		return freezer;
	}

	@Override
	public void close() {
		this.release.countDown();
	}

	private static boolean await(CountDownLatch latch) {
		try {
			return latch.await(20, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
