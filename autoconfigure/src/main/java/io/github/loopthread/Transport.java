package io.github.loopthread;

import java.util.Locale;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueDatagramChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringSocketChannel;
import org.jspecify.annotations.Nullable;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.util.ClassUtils;

/**
 * How the loop talks to the network.
 *
 * @since 1.0.0
 */
public enum Transport {

	/**
	 * {@link #EPOLL} or {@link #KQUEUE} where one of them is available, else
	 * {@link #NIO}.
	 */
	AUTO(null, null),

	/**
	 * The JDK's own selectors, available everywhere.
	 */
	NIO(null, null),

	/**
	 * Linux, native.
	 */
	EPOLL("io.netty.channel.epoll.Epoll", "netty-transport-native-epoll"),

	/**
	 * Linux, native, with {@code io_uring}. Never chosen by {@link #AUTO}.
	 */
	IO_URING("io.netty.channel.uring.IoUring", "netty-transport-native-io_uring"),

	/**
	 * MacOS and BSD, native.
	 */
	KQUEUE("io.netty.channel.kqueue.KQueue", "netty-transport-native-kqueue");

	private final @Nullable String className;

	private final @Nullable String artifact;

	Transport(@Nullable String className, @Nullable String artifact) {
		this.className = className;
		this.artifact = artifact;
	}

	/**
	 * Make sure that the transport can be used on this machine with this classpath.
	 * @throws IllegalStateException when it cannot be used; the message says what is
	 * missing
	 */
	public void assertAvailable() {
		Throwable cause = unavailabilityCause();
		if (cause != null) {
			throw new IllegalStateException(("Transport '%s' is not available here (%s). It needs the artifact "
					+ "io.netty:%s with the classifier of this machine's platform. Choose 'auto' to use what is there")
				.formatted(this, NestedExceptionUtils.getMostSpecificCause(cause), this.artifact), cause);
		}
	}

	/**
	 * Return the type of the TCP channels that a loop with this transport can have, for a
	 * client that is built on Netty itself.
	 * @return the type
	 */
	public Class<? extends SocketChannel> socketChannelType() {
		return switch (resolve()) {
			case EPOLL -> EpollSocketChannel.class;
			case IO_URING -> IoUringSocketChannel.class;
			case KQUEUE -> KQueueSocketChannel.class;
			case NIO, AUTO -> NioSocketChannel.class;
		};
	}

	/**
	 * Return the type of the UDP channels that a loop with this transport can have, for a
	 * client that is built on Netty itself.
	 * @return the type
	 */
	public Class<? extends DatagramChannel> datagramChannelType() {
		return switch (resolve()) {
			case EPOLL -> EpollDatagramChannel.class;
			case IO_URING -> IoUringDatagramChannel.class;
			case KQUEUE -> KQueueDatagramChannel.class;
			case NIO, AUTO -> NioDatagramChannel.class;
		};
	}

	/**
	 * Return the name as it is written in a property.
	 * @return the name, such as {@code io-uring}
	 */
	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/**
	 * Return this transport, or what {@link #AUTO} stands for on this machine.
	 */
	Transport resolve() {
		if (this != AUTO) {
			return this;
		}
		if (EPOLL.unavailabilityCause() == null) {
			return EPOLL;
		}
		return (KQUEUE.unavailabilityCause() == null) ? KQUEUE : NIO;
	}

	IoHandlerFactory ioHandlerFactory() {
		assertAvailable();
		return switch (resolve()) {
			case EPOLL -> EpollIoHandler.newFactory();
			case IO_URING -> IoUringIoHandler.newFactory();
			case KQUEUE -> KQueueIoHandler.newFactory();
			case NIO, AUTO -> NioIoHandler.newFactory();
		};
	}

	private @Nullable Throwable unavailabilityCause() {
		if (this.className != null && !ClassUtils.isPresent(this.className, Transport.class.getClassLoader())) {
			return new ClassNotFoundException(this.className);
		}
		return switch (this) {
			case EPOLL -> Epoll.unavailabilityCause();
			case IO_URING -> IoUring.unavailabilityCause();
			case KQUEUE -> KQueue.unavailabilityCause();
			case NIO, AUTO -> null;
		};
	}

}
