package io.github.loopthread.redis;

import java.lang.reflect.Field;
import java.util.Objects;

import io.lettuce.core.ConnectionBuilder;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.NettyCustomizer;
import io.lettuce.core.resource.Transports;
import io.netty.bootstrap.AbstractBootstrap;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.socket.SocketChannel;

import org.springframework.util.ReflectionUtils;

/**
 * Makes Lettuce open channels that the loop can have. Lettuce takes the first native
 * transport that is there, whatever the loop uses.
 */
final class TransportCustomizer implements NettyCustomizer {

	private final RunningLoop loop;

	TransportCustomizer(RunningLoop loop) {
		this.loop = loop;
	}

	@Override
	public void afterBootstrapInitialized(Bootstrap bootstrap) {
		Class<? extends SocketChannel> type = this.loop.loopThread().getTransport().socketChannelType();
		if (Transports.socketChannelClass() != type && !isUnixDomainSocket(bootstrap)) {
			// A bootstrap accepts one type only, and Lettuce has set it already. If Netty
			// changes here, the loop refuses the channel and says what to do
			Field factory = ReflectionUtils.findField(AbstractBootstrap.class, "channelFactory");
			ReflectionUtils.makeAccessible(Objects.requireNonNull(factory));
			ReflectionUtils.setField(factory, bootstrap, new ReflectiveChannelFactory<>(type));
			removeOptionsOfTransport(bootstrap);
		}
	}

	/**
	 * Remove those that only Lettuce's transport knows, such as the timing of keep-alive.
	 * They have the class that defines them in their names.
	 */
	private static void removeOptionsOfTransport(Bootstrap bootstrap) {
		bootstrap.config()
			.options()
			.keySet()
			.stream()
			.filter((option) -> option.name().contains("#"))
			.forEach((option) -> bootstrap.option(option, null));
	}

	private static boolean isUnixDomainSocket(Bootstrap bootstrap) {
		Object uri = bootstrap.config().attrs().get(ConnectionBuilder.REDIS_URI);
		return String.valueOf(uri).startsWith(RedisURI.URI_SCHEME_REDIS_SOCKET);
	}

}
