package io.github.loopthread.autoconfigure.redis;

import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Objects;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.netty.bootstrap.AbstractBootstrap;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopRedisRuntimeHints}, which follow what the code reaches.
 */
class LoopRedisRuntimeHintsTests {

	private final RuntimeHints hints = hints();

	@ParameterizedTest
	@ValueSource(classes = { StatefulRedisConnection.class, StatefulRedisClusterConnection.class })
	void viewsOfConnectionsMayBeMadeAndCalled(Class<? extends StatefulConnection<?, ?>> connection) {
		Class<?> commands = Objects.requireNonNull(ReflectionUtils.findMethod(connection, "reactive")).getReturnType();
		for (Class<?> viewed : List.of(connection, commands)) {
			assertThat(RuntimeHintsPredicates.proxies().forInterfaces(viewed)).accepts(this.hints);
			assertThat(RuntimeHintsPredicates.reflection()
				.onType(viewed)
				.withMemberCategory(MemberCategory.INVOKE_PUBLIC_METHODS)).accepts(this.hints);
		}
	}

	@Test
	void everySettingOfConnectionFactoryMayBeCopied() {
		ReflectionUtils.doWithFields(LettuceConnectionFactory.class,
				(field) -> assertThat(RuntimeHintsPredicates.reflection().onFieldAccess(field)).as(field.toString())
					.accepts(this.hints),
				(field) -> !Modifier.isStatic(field.getModifiers()));
	}

	@Test
	void typeOfChannelsMayBeReplaced() throws Exception {
		assertThat(RuntimeHintsPredicates.reflection().onFieldAccess(AbstractBootstrap.class, "channelFactory"))
			.accepts(this.hints);
		for (Class<?> type : new Class<?>[] { NioSocketChannel.class, EpollSocketChannel.class,
				IoUringSocketChannel.class, KQueueSocketChannel.class }) {
			assertThat(RuntimeHintsPredicates.reflection().onConstructorInvocation(type.getConstructor()))
				.accepts(this.hints);
		}
	}

	private static RuntimeHints hints() {
		RuntimeHints hints = new RuntimeHints();
		new LoopRedisRuntimeHints().registerHints(hints, LoopRedisRuntimeHintsTests.class.getClassLoader());
		return hints;
	}

}
