package io.github.loopthread.benchmarks;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import reactor.core.publisher.Mono;

import io.github.loopthread.LoopTemplate;

/**
 * How a caller may wait for what does not come.
 */
enum Waiting {

	EXECUTE("`LoopTemplate.execute`", false) {

		@Override
		void await(LoopTemplate loop, Mono<Object> nothing) {
			loop.withTimeout(LIMIT).execute(nothing);
		}

	},

	EXECUTE_CARRYING("`LoopTemplate.execute`, context carried", true) {

		@Override
		void await(LoopTemplate loop, Mono<Object> nothing) {
			loop.withTimeout(LIMIT).execute(nothing);
		}

	},

	SUBMIT("`LoopTemplate.submit` and `get`", false) {

		@Override
		void await(LoopTemplate loop, Mono<Object> nothing) throws Exception {
			loop.withTimeout(LIMIT).submit(nothing).get();
		}

	},

	BLOCK("`Mono.block(Duration)`", false) {

		@Override
		void await(LoopTemplate loop, Mono<Object> nothing) {
			nothing.block(LIMIT);
		}

	},

	FUTURE("`Mono.toFuture` and `get`", false) {

		@Override
		void await(LoopTemplate loop, Mono<Object> nothing) throws Exception {
			nothing.toFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
		}

	};

	private static final Duration LIMIT = Duration.ofMinutes(10);

	private final String title;

	private final boolean context;

	Waiting(String title, boolean context) {
		this.title = title;
		this.context = context;
	}

	String title() {
		return this.title;
	}

	/** Return whether the caller has something to carry. */
	boolean hasContext() {
		return this.context;
	}

	abstract void await(LoopTemplate loop, Mono<Object> nothing) throws Exception;

}
