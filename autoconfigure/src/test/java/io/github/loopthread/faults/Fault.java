package io.github.loopthread.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * What happens to the bytes that pass through a {@link Pipe}.
 */
public interface Fault {

	void pass(byte[] bytes, int count, Pipe pipe) throws IOException;

	/**
	 * Called when the side that bytes come from has closed.
	 */
	default void end(Pipe pipe) throws IOException {
		pipe.end();
	}

	static Fault none() {
		return (bytes, count, pipe) -> pipe.write(bytes, 0, count);
	}

	/**
	 * Bytes come later.
	 */
	static Fault latency(Duration latency) {
		return (bytes, count, pipe) -> {
			pipe.pause(latency);
			pipe.write(bytes, 0, count);
		};
	}

	/**
	 * Bytes come slowly: a few in each millisecond.
	 */
	static Fault bandwidth(int bytesPerMillisecond) {
		return slices(bytesPerMillisecond, Duration.ofMillis(1));
	}

	/**
	 * Bytes come in small pieces.
	 */
	static Fault slicer(int size) {
		return slices(size, Duration.ZERO);
	}

	private static Fault slices(int size, Duration pause) {
		return (bytes, count, pipe) -> {
			for (int offset = 0; offset < count; offset += size) {
				pipe.write(bytes, offset, Math.min(size, count - offset));
				pipe.pause(pause);
			}
		};
	}

	/**
	 * Bytes come, and the end of the connection does so later.
	 */
	static Fault slowClose(CountDownLatch release) {
		return new Fault() {

			@Override
			public void pass(byte[] bytes, int count, Pipe pipe) throws IOException {
				none().pass(bytes, count, pipe);
			}

			@Override
			public void end(Pipe pipe) throws IOException {
				pipe.await(release, Duration.ofSeconds(20));
				none().end(pipe);
			}

		};
	}

	/**
	 * Nothing comes any more.
	 */
	static Fault blackHole() {
		return new Fault() {

			@Override
			public void pass(byte[] bytes, int count, Pipe pipe) {
				// Lost
			}

			@Override
			public void end(Pipe pipe) {
				pipe.close();
			}

		};
	}

	/**
	 * A few bytes come, then the connection is reset.
	 */
	static Fault reset(int afterBytes) {
		return limit(afterBytes, Pipe::reset);
	}

	/**
	 * A few bytes come, then the connection ends.
	 */
	static Fault limitData(int bytes) {
		return limit(bytes, Pipe::close);
	}

	private static Fault limit(int limit, Consumer<Pipe> end) {
		return (bytes, count, pipe) -> {
			int rest = Math.max(0, limit - pipe.passed());
			pipe.write(bytes, 0, Math.min(rest, count));
			if (count >= rest) {
				end.accept(pipe);
			}
		};
	}

}
