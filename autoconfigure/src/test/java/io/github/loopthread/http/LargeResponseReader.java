package io.github.loopthread.http;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;

import io.netty.channel.ChannelOption;
import io.netty.util.internal.PlatformDependent;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

/**
 * The program of a process of its own with little memory: reads a large response, and
 * pauses after each so many bytes until it is told to go on.
 */
final class LargeResponseReader {

	private LargeResponseReader() {
	}

	/**
	 * Called with the URL, the bytes between pauses and the size of the socket's buffer.
	 */
	public static void main(String[] args) throws Exception {
		long pauseEvery = Long.parseLong(args[1]);
		LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource((pool) -> {
		}, (client, onLoop) -> new ReactorClientHttpConnector(
				onLoop.apply(client.option(ChannelOption.SO_RCVBUF, Integer.valueOf(args[2])))));
		LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource));
		loopThread.start();
		WebClient client = WebClient.builder().clientConnector(new LoopClientHttpConnector(resource)).build();
		CRC32 sum = new CRC32();
		long read = 0;
		long nextPause = pauseEvery;
		long maxDirect = 0;
		try (Stream<DataBuffer> stream = new LoopTemplate(loopThread, Duration.ofSeconds(20))
			.stream(client.get().uri(args[0]).retrieve().bodyToFlux(DataBuffer.class))) {
			for (DataBuffer buffer : (Iterable<DataBuffer>) stream::iterator) {
				read += buffer.readableByteCount();
				try (DataBuffer.ByteBufferIterator parts = buffer.readableByteBuffers()) {
					while (parts.hasNext()) {
						ByteBuffer part = parts.next();
						sum.update(part);
					}
				}
				DataBufferUtils.release(buffer);
				if (read >= nextPause) {
					nextPause += pauseEvery;
					maxDirect = Math.max(maxDirect, PlatformDependent.usedDirectMemory());
					say("paused " + read);
					System.in.read();
				}
			}
		}
		loopThread.stop();
		say("sum %d %d direct %d heap %d".formatted(read, sum.getValue(), maxDirect, heapPeak()));
	}

	private static void say(String line) {
		System.out.println(line);
		System.out.flush();
	}

	private static long heapPeak() {
		return ManagementFactory.getMemoryPoolMXBeans()
			.stream()
			.filter((pool) -> pool.getType() == MemoryType.HEAP)
			.map(MemoryPoolMXBean::getPeakUsage)
			.mapToLong((usage) -> usage.getUsed())
			.sum();
	}

}
