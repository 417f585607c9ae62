//! Forms are data: sections and questions, their visibility and their answers.
