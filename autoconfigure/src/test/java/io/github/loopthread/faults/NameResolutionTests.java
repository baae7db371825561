package io.github.loopthread.faults;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.netty.http.client.HttpClient;

import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.faults.Ending.Kind;
import io.github.loopthread.faults.HostileNameServer.Answer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Name servers that do not know, do not answer, or say what makes no sense. The loop
 * resolves names itself, and other calls go on meanwhile.
 */
@Timeout(60)
class NameResolutionTests {

	private static final AtomicInteger aliases = new AtomicInteger();

	@AutoClose
	private static final HostileNameServer names = new HostileNameServer();

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create().customized(NameResolutionTests::askingOurs);

	@ParameterizedTest(name = "H3 {0}")
	@MethodSource("answers")
	void callEndsAndOthersGoOn(String row, Answer answer, Kind kind) {
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			names.answer((query) -> {
				if (kind == Kind.TIMED_OUT) {
					deadlines.pass();
				}
				return answer.to(query);
			});
			Ending ending = client.get(DefaultClient.SHORT, named());
			assertThat(ending.kind()).as(ending.toString()).isEqualTo(kind);
		}
		assertThat(names.takeQueries()).isPositive();
		server.assertIsCalledAsBefore(client);
	}

	@Test
	@DisplayName("H3 slow name server")
	void slowNameServerKeepsNobodyElseFromCalling() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		CountDownLatch asked = new CountDownLatch(1);
		names.answer((query) -> {
			asked.countDown();
			Latches.await(release);
			return HostileNameServer.address(query, new byte[] { 127, 0, 0, 1 });
		});
		CompletableFuture<String> slow = client.loop().submit(client.body(named()));
		Latches.await(asked);
		for (int i = 0; i < 20; i++) {
			server.assertIsCalledAsBefore(client);
		}
		assertThat(slow).isNotDone();
		release.countDown();
		assertThat(slow).succeedsWithin(DefaultClient.LONG).isEqualTo("hello");
	}

	static Stream<Arguments> answers() {
		return Stream.of(answer("NXDOMAIN", (query) -> HostileNameServer.code(query, 3), Kind.NO_RESPONSE),
				answer("SERVFAIL", (query) -> HostileNameServer.code(query, 2), Kind.NO_RESPONSE),
				answer("REFUSED", (query) -> HostileNameServer.code(query, 5), Kind.NO_RESPONSE),
				answer("FORMERR", (query) -> HostileNameServer.code(query, 1), Kind.NO_RESPONSE),
				answer("no address", (query) -> HostileNameServer.code(query, 0), Kind.NO_RESPONSE),
				answer("address of three bytes", (query) -> HostileNameServer.address(query, new byte[] { 127, 0, 0 }),
						Kind.NO_RESPONSE),
				answer("alias of itself", (query) -> HostileNameServer.alias(query, HostileNameServer.name(query)),
						Kind.NO_RESPONSE),
				answer("alias without end",
						(query) -> HostileNameServer.alias(query,
								new byte[] { 2, 'x', (byte) ('a' + aliases.getAndIncrement() % 26), 0 }),
						Kind.NO_RESPONSE),
				answer("silence", (query) -> null, Kind.TIMED_OUT),
				answer("what is no answer", (query) -> new byte[] { 1, 2, 3 }, Kind.TIMED_OUT),
				answer("an answer to another question", (query) -> {
					byte[] answer = HostileNameServer.address(query, new byte[] { 127, 0, 0, 1 });
					answer[0] ^= 1;
					return answer;
				}, Kind.TIMED_OUT));
	}

	private static Arguments answer(String row, Answer answer, Kind kind) {
		return Arguments.of(row, answer, kind);
	}

	private static String named() {
		return server.url().replace("127.0.0.1", "shop.example.");
	}

	private static HttpClient askingOurs(HttpClient client) {
		// On the loop already here, or Reactor Netty starts its own for the resolver
		return client.runOn((useNative) -> NameResolutionTests.client.loopThread().eventLoopGroup())
			.resolver((spec) -> spec.dnsAddressResolverGroupProvider((builder) -> new DnsAddressResolverGroup(
					builder.nameServerProvider(new SingletonDnsServerAddressStreamProvider(names.address())))));
	}

}
