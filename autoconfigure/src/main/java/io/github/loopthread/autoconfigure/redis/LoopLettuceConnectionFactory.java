package io.github.loopthread.autoconfigure.redis;

import java.nio.ByteBuffer;
import java.util.Objects;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisSentinelConnection;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionProvider;
import org.springframework.data.redis.connection.lettuce.LettucePoolingClientConfiguration;
import org.springframework.util.ReflectionUtils;

/**
 * A connection factory for connections that are on the loop: one that can be used there.
 * <p>
 * <b>Guarantees.</b> Reactive connections wait for nothing, also not to be made: Spring's
 * own factory would block the loop until the loop has connected. Synchronous connections
 * are refused on a thread that must not block, before anything is sent.
 */
final class LoopLettuceConnectionFactory extends LettuceConnectionFactory {

	// Made at each start, which happens before anything is asked of the factory
	private volatile @Nullable LoopConnectionProvider reactive;

	// Written and read by the thread that starts the factory
	private int minIdle;

	private LoopLettuceConnectionFactory(LettuceClientConfiguration clientConfiguration) {
		super(new RedisStandaloneConfiguration(), clientConfiguration);
	}

	/**
	 * Create a factory that is configured like another, which has not been initialized.
	 */
	static LoopLettuceConnectionFactory like(LettuceConnectionFactory factory) {
		LoopLettuceConnectionFactory copy = new LoopLettuceConnectionFactory(factory.getClientConfiguration());
		ReflectionUtils.shallowCopyFieldState(factory, copy);
		return copy;
	}

	@Override
	public RedisConnection getConnection() {
		assertMayWait("getConnection");
		return super.getConnection();
	}

	@Override
	public RedisClusterConnection getClusterConnection() {
		assertMayWait("getClusterConnection");
		return super.getClusterConnection();
	}

	@Override
	public RedisSentinelConnection getSentinelConnection() {
		assertMayWait("getSentinelConnection");
		return super.getSentinelConnection();
	}

	@Override
	public void validateConnection() {
		assertMayWait("validateConnection");
		super.validateConnection();
	}

	@Override
	public void start() {
		try {
			super.start();
		}
		finally {
			restoreMinIdle();
		}
	}

	@Override
	public void initConnection() {
		assertMayWait("initConnection");
		restoreMinIdle();
		super.initConnection();
		LoopConnectionProvider reactive = this.reactive;
		if (reactive != null) {
			Mono.fromFuture(reactive.shared()).block();
		}
	}

	@Override
	public void resetConnection() {
		super.resetConnection();
		LoopConnectionProvider reactive = this.reactive;
		if (reactive != null) {
			reactive.reset();
		}
	}

	@Override
	protected LettuceConnectionProvider doCreateConnectionProvider(AbstractRedisClient client, RedisCodec<?, ?> codec) {
		LettuceConnectionProvider provider = super.doCreateConnectionProvider(client, codec);
		if (codec instanceof ByteArrayCodec) {
			// The synchronous ones
			return provider;
		}
		hideMinIdle();
		LoopConnectionProvider reactive = new LoopConnectionProvider(provider, isClusterAware());
		this.reactive = reactive;
		return reactive;
	}

	@Override
	protected @Nullable StatefulConnection<ByteBuffer, ByteBuffer> getSharedReactiveConnection() {
		return getShareNativeConnection() ? Objects.requireNonNull(this.reactive).sharedView() : null;
	}

	/**
	 * Let the pool of reactive connections, which is about to copy its settings, keep
	 * none idle: the loop would wait for them, and make them itself.
	 */
	private void hideMinIdle() {
		if (getClientConfiguration() instanceof LettucePoolingClientConfiguration pooling) {
			this.minIdle = pooling.getPoolConfig().getMinIdle();
			pooling.getPoolConfig().setMinIdle(0);
		}
	}

	private void restoreMinIdle() {
		if (this.minIdle > 0 && getClientConfiguration() instanceof LettucePoolingClientConfiguration pooling) {
			pooling.getPoolConfig().setMinIdle(this.minIdle);
			this.minIdle = 0;
		}
	}

	private static void assertMayWait(String method) {
		if (Schedulers.isInNonBlockingThread()) {
			throw new IllegalStateException(("LettuceConnectionFactory.%s must not wait on thread '%s', which may have "
					+ "to do what it waits for. Use ReactiveRedisTemplate, or Lettuce's asynchronous API")
				.formatted(method, Thread.currentThread().getName()));
		}
	}

}
