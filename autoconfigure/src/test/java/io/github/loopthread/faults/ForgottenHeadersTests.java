package io.github.loopthread.faults;

import java.util.List;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Headers of a response that ask a browser to remember something. The client remembers
 * nothing from one call to the next.
 */
@Timeout(60)
class ForgottenHeadersTests {

	private static final TestCertificates certificates = new TestCertificates();

	@AutoClose
	private static final HostileServer http = HostileServer.start();

	@AutoClose
	private static final HostileServer https = HostileServer.start(certificates.server());

	@AutoClose
	private static final HostileServer other = HostileServer.start();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.trusting(certificates.issuer());

	@Test
	@DisplayName("P12 cookies, HSTS, other services, authentication")
	void nextRequestIsLikeTheFirst() {
		for (HostileServer server : List.of(http, https)) {
			server.answer((connection) -> connection.write(HostileServer.OK + """
					Set-Cookie: evil=yes; Path=/; Max-Age=1000000
					Strict-Transport-Security: max-age=1000000; includeSubDomains; preload
					Alt-Svc: http/1.1="127.0.0.1:%d"; ma=1000000
					Public-Key-Pins: pin-sha256="x"; max-age=1000000
					Refresh: 0; url=%s
					Content-Length: 5

					hello""".formatted(other.port(), other.url())));
		}
		String unencrypted = http.url().replace("127.0.0.1", "localhost");
		List<String> urls = List.of(unencrypted, https.url(), unencrypted, https.url());
		for (String url : urls) {
			assertThat(client.call(DefaultClient.LONG, client.web().get().uri(url).retrieve().bodyToMono(String.class))
				.value()).isEqualTo("hello");
		}
		for (HostileServer server : List.of(http, https)) {
			List<String> heads = server.takeHeads();
			assertThat(heads).hasSize(2);
			assertThat(heads.get(1)).isEqualTo(heads.get(0)).doesNotContain("evil");
		}
		assertThat(other.acceptedConnections()).isZero();
	}

}
