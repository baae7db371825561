package io.github.loopthread.sample;

import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.client.RestClientException;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/**
 * What a user of the shop sees when a service is down or answers with an error.
 */
@RestControllerAdvice
class UpstreamProblems {

	@ExceptionHandler
	ProblemDetail down(WebClientRequestException ex) {
		return problem("%s could not be reached, or did not answer in time".formatted(ex.getUri().getAuthority()));
	}

	@ExceptionHandler({ WebClientResponseException.class, RestClientException.class })
	ProblemDetail broken(Exception ex) {
		return problem("A service behind the shop is %s".formatted(Reason.of(ex)));
	}

	private static ProblemDetail problem(String detail) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_GATEWAY, detail);
	}

}
