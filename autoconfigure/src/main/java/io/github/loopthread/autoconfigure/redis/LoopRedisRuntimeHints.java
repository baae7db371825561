package io.github.loopthread.autoconfigure.redis;

import java.util.List;

import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.reactive.RedisReactiveCommands;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.reactive.RedisAdvancedClusterReactiveCommands;
import io.netty.bootstrap.AbstractBootstrap;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * What Redis on the loop reaches by reflection: the views of connections, the settings of
 * the connection factory that is replaced, and the type of the channels that Lettuce
 * opens.
 */
final class LoopRedisRuntimeHints implements RuntimeHintsRegistrar {

	private static final List<String> CHANNEL_TYPES = List.of("io.netty.channel.socket.nio.NioSocketChannel",
			"io.netty.channel.epoll.EpollSocketChannel", "io.netty.channel.uring.IoUringSocketChannel",
			"io.netty.channel.kqueue.KQueueSocketChannel");

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		for (Class<?> viewed : List.of(StatefulRedisConnection.class, RedisReactiveCommands.class,
				StatefulRedisClusterConnection.class, RedisAdvancedClusterReactiveCommands.class)) {
			hints.proxies().registerJdkProxy(viewed);
			hints.reflection().registerType(viewed, MemberCategory.INVOKE_PUBLIC_METHODS);
		}
		hints.reflection()
			.registerType(LettuceConnectionFactory.class, MemberCategory.ACCESS_DECLARED_FIELDS)
			.registerType(AbstractBootstrap.class, (type) -> type.withField("channelFactory"));
		for (String channelType : CHANNEL_TYPES) {
			hints.reflection()
				.registerTypeIfPresent(classLoader, channelType, MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS);
		}
	}

}
