const answer = document.getElementById('answer');

document.getElementById('ask').addEventListener('submit', async (event) => {
  event.preventDefault();
  answer.textContent = 'Reading…';
  const response = await fetch('/v1/ask', {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({question: document.getElementById('question').value}),
  });
  const body = await response.json();
  answer.textContent = body.answer || body.reason || body.error.message;
});
