package io.github.loopthread.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;

/**
 * The process that loads the application: connections that ask for a page, wait for it,
 * and ask again, for a bounded time and number. Plain Netty on one thread, so that it
 * takes little of the machine. It talks to the loopback interface only.
 */
final class LoadProcess {

	private LoadProcess() {
	}

	/** The role of a process: {@code load}. */
	static void play() throws Exception {
		for (Optional<Request> next = next(); next.isPresent(); next = next()) {
			Request request = next.get();
			Parent.tell(run(request.port(), request.connections(), request.seconds(), request.requests()));
		}
	}

	private static Optional<Request> next() throws IOException {
		return Parent.await(Request.class);
	}

	static Result run(int port, int connections, double seconds, long requests) throws Exception {
		EventLoopGroup group = NativeNetty.group(1);
		try {
			Run run = new Run(System.nanoTime() + (long) (seconds * 1e9), new AtomicLong(requests), new AtomicLong(),
					new AtomicLong(), new CountDownLatch(connections));
			List<Latencies> latencies = new ArrayList<>();
			long start = System.nanoTime();
			for (int connection = 0; connection < connections; connection++) {
				Latencies own = new Latencies();
				latencies.add(own);
				new Bootstrap().group(group)
					.channel(NativeNetty.channelType())
					.handler(new ChannelInitializer<Channel>() {

						@Override
						protected void initChannel(Channel channel) {
							channel.pipeline()
								.addLast(new HttpClientCodec(), new HttpObjectAggregator(10_000_000),
										new LoadHandler(run, own));
						}

					})
					.connect("127.0.0.1", port)
					.sync();
			}
			boolean ended = run.open().await((long) seconds + 30, TimeUnit.SECONDS);
			double took = (System.nanoTime() - start) / 1e9;
			long[] percentiles = Latencies.percentiles(latencies, 0.5, 0.99);
			// A connection without an answer is an error as well
			return new Result(run.answers().get(), took, percentiles[0], percentiles[1],
					run.errors().get() + (ended ? 0 : run.open().getCount()));
		}
		finally {
			group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
		}
	}

	/** What it is to do next. */
	record Request(int port, int connections, double seconds, long requests) {

	}

	/** What all connections of a run share. */
	record Run(long end, AtomicLong left, AtomicLong answers, AtomicLong errors, CountDownLatch open) {

		boolean mayAsk() {
			return System.nanoTime() < this.end && this.left.decrementAndGet() >= 0;
		}

	}

	/** What came of it; percentiles in microseconds. */
	record Result(long requests, double seconds, long p50, long p99, long errors) {

	}

}
