package io.github.loopthread.sample;

import reactor.core.publisher.Mono;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * How often each product was looked at, counted in Redis. A page does not fail when Redis
 * does.
 */
@Component
class PageViews {

	private final ReactiveStringRedisTemplate redis;

	private final StringRedisTemplate blockingRedis;

	private final CallRecorder recorder;

	PageViews(ReactiveStringRedisTemplate redis, StringRedisTemplate blockingRedis, CallRecorder recorder) {
		this.redis = redis;
		this.blockingRedis = blockingRedis;
		this.recorder = recorder;
	}

	/**
	 * Count a view, as part of a task.
	 */
	Mono<Long> count(String product) {
		return this.redis.opsForValue().increment(key(product));
	}

	/**
	 * Count a view and wait for that: the loop does the work here too.
	 */
	Part<Long> countBlocking(String product) {
		try {
			return new Part<>(
					this.recorder.measure("views", () -> this.blockingRedis.opsForValue().increment(key(product))),
					null);
		}
		catch (DataAccessException | IllegalStateException ex) {
			return Part.missing("views", ex);
		}
	}

	private static String key(String product) {
		return "views:" + product;
	}

}
